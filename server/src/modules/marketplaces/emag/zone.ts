/** eMAG's naive local times, and back. Source: emag-api.md 0.2 and trap T9. */
import type { Platform } from '@tradepost/contracts';

export const zones: Record<Platform, string> = {
  emag_ro: 'Europe/Bucharest',
  emag_bg: 'Europe/Sofia',
  emag_hu: 'Europe/Budapest',
  fd_ro: 'Europe/Bucharest',
  fd_bg: 'Europe/Sofia',
};

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, format);
  }
  return format;
}

/** `YYYY-MM-DD HH:mm:ss` as clocks in the zone show it. */
export function toLocal(at: Date, zone: string): string {
  const parts: Record<string, string> = {};
  for (const { type, value } of formatOf(zone).formatToParts(at)) parts[type] = value;
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second}`;
}

// Orders of a page come from the same days: nearly every look-up of an offset is the same hour's.
const offsets = new Map<string, number>();

function offsetMs(utcHour: number, zone: string): number {
  const key = `${zone} ${utcHour}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    const at = new Date(utcHour * 3_600_000);
    offset = Date.parse(`${toLocal(at, zone).replace(' ', 'T')}Z`) - at.getTime();
    if (offsets.size > 5000) offsets.clear();
    offsets.set(key, offset);
  }
  return offset;
}

/**
 * The instant of a local time. Of an hour that clocks show twice, the first; of one they skip, the instant after the skip.
 * Null when the text is no such time.
 */
export function fromLocal(text: string, zone: string): Date | null {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (match === null) return null;
  const asUtc = Date.parse(`${match[1]}T${match[2]}:${match[3] ?? '00'}Z`);
  if (Number.isNaN(asUtc)) return null;
  // Zones lie a few hours east; the offset some hours earlier and later brackets any change.
  const earlier = offsetMs(Math.floor((asUtc - 12 * 3_600_000) / 3_600_000), zone);
  const later = offsetMs(Math.floor((asUtc + 12 * 3_600_000) / 3_600_000), zone);
  for (const offset of [earlier, later]) {
    const at = asUtc - offset;
    if (offsetMs(Math.floor(at / 3_600_000), zone) === offset) return new Date(at);
  }
  return new Date(asUtc - earlier);
}

/** True when clocks in the zone changed within the hours before `at`: naive times of then cannot be ordered safely. */
export function changedWithin(hours: number, at: Date, zone: string): boolean {
  const now = Math.floor(at.getTime() / 3_600_000);
  return offsetMs(now, zone) !== offsetMs(now - hours, zone);
}
