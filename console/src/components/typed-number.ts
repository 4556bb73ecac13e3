/** What stands in a number field: text while it is being typed, such as "12.0" on the way to 12.05. */
export type TypedNumber = number | string;

/** null: no number, or none yet. */
export function numberIn(typed: TypedNumber): number | null {
  if (typeof typed === 'number') return typed;
  const number = Number(typed);
  return typed.trim() === '' || !Number.isFinite(number) ? null : number;
}
