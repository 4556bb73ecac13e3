/** Between an instant and what a clock on the wall of some place shows, for fields in which people type a time. */

/** `2026-11-20T14:03:00`, as a field for date and time wants it. `zone`: IANA name; absent: the machine's own. */
export function toWallClock(at: Date, zone?: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}`;
}

/**
 * The instant at which the wall clock shows this; null where it is no time at all. An hour that the clocks skip is read as
 * if they had not, one that they repeat as its first pass.
 */
export function fromWallClock(wall: string, zone?: string): Date | null {
  const asUtcMs = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUtcMs)) return null;
  const offsetAt = (ms: number) =>
    Date.parse(`${toWallClock(new Date(ms), zone)}Z`) - Math.floor(ms / 1_000) * 1_000;
  // Around a change of the clocks two offsets are possible; the earlier instant that shows this time wins.
  const guesses = [asUtcMs - offsetAt(asUtcMs - 86_400_000), asUtcMs - offsetAt(asUtcMs + 86_400_000)];
  const shown = guesses.filter((ms) => ms + offsetAt(ms) === asUtcMs);
  return new Date(shown.length > 0 ? Math.min(...shown) : guesses[0]!);
}
