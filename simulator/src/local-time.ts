/**
 * Naive local times, as the marketplace writes them: `YYYY-MM-DD HH:mm:ss` in the platform's zone, no offset.
 * They are compared as text, as its database does: in the hour that autumn repeats two orders can carry the same
 * stamp, and the hour that spring skips is never written. Source: emag-api.md 0.2, T9, F28.
 */

const quarterMs = 15 * 60_000;
const offsets = new Map<string, Map<number, number>>();

/** Zone offset in ms at an instant; zones change only on quarter hours, so one look-up per quarter is kept. */
function offsetMs(atMs: number, timeZone: string): number {
  let known = offsets.get(timeZone);
  if (!known) {
    known = new Map();
    offsets.set(timeZone, known);
  }
  const quarter = Math.floor(atMs / quarterMs);
  let offset = known.get(quarter);
  if (offset === undefined) {
    offset = measureOffsetMs(quarter * quarterMs, timeZone);
    if (known.size > 10_000) known.clear();
    known.set(quarter, offset);
  }
  return offset;
}

function measureOffsetMs(atMs: number, timeZone: string): number {
  const name = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(atMs)
    .find((part) => part.type === 'timeZoneName')?.value;
  const match = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name ?? '');
  if (!match) throw new Error(`no offset known for ${timeZone}`);
  if (!match[1]) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === '-' ? -minutes : minutes) * 60_000;
}

export function formatLocal(atMs: number, timeZone: string): string {
  return new Date(atMs + offsetMs(atMs, timeZone)).toISOString().slice(0, 19).replace('T', ' ');
}

const shape = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)(?::(\d\d))?$/;

/**
 * A filter's time in full form, or null if it is none. Seconds may be missing (a client in use leaves them out).
 */
export function normaliseLocal(text: string): string | null {
  const match = shape.exec(text);
  if (!match) return null;
  const full = match[6] === undefined ? `${text}:00` : text;
  const atMs = Date.parse(`${full.replace(' ', 'T')}Z`);
  if (Number.isNaN(atMs) || formatLocal(atMs, 'UTC') !== full) return null;
  return full;
}

/** The same time one calendar month later; 31 January becomes the last day of February. */
export function addMonth(local: string): string {
  const date = new Date(`${local.replace(' ', 'T')}Z`);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + 1);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return formatLocal(date.getTime(), 'UTC');
}
