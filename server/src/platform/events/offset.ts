/** Positions in the log, and the opaque strings that clients hold. */

/** A place in the log: events are ordered by (xact, id). */
export interface Position {
  xact: bigint;
  id: bigint;
}

export function comparePositions(a: Position, b: Position): number {
  if (a.xact !== b.xact) return a.xact < b.xact ? -1 : 1;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

/** The string a client resumes with. Opaque to it; the epoch makes an offset from before a restore unusable. */
export function formatOffset(epoch: string, position: Position): string {
  return `${epoch.slice(0, 8)}-${position.xact.toString(36)}-${position.id.toString(36)}`;
}

/** Null when the text is no offset, or one of another epoch. */
export function parseOffset(epoch: string, text: string): Position | null {
  const match = /^([0-9a-f]{8})-([0-9a-z]{1,13})-([0-9a-z]{1,13})$/.exec(text);
  if (match === null || match[1] !== epoch.slice(0, 8)) return null;
  const xact = parseBase36(match[2]!);
  const id = parseBase36(match[3]!);
  const largest = 0x7fffffffffffffffn;
  return xact > largest || id > largest ? null : { xact, id };
}

function parseBase36(text: string): bigint {
  let value = 0n;
  for (const digit of text) value = value * 36n + BigInt(Number.parseInt(digit, 36));
  return value;
}
