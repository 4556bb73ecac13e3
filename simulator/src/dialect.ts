/**
 * Where the marketplace's behaviour is unknown or reported differently, the choice is a switch.
 * Letters in brackets point to the register of assumptions, emag-api.md 10.
 */
export interface Dialect {
  /** Order of order/read rows by id (A7). */
  orderSort: 'newestFirst' | 'oldestFirst';
  /** `{"data":{…}}` in JSON reads: inner filters are silently ignored, as measured, or honoured. */
  jsonDataWrapper: 'ignored' | 'honoured';
  /** More than 100 items per page: capped, or refused with 400. */
  overlongPage: 'capped' | 'refused';
  /** How numbers travel: as the real wire mixes them, or uniformly. */
  numericStyle: 'wire' | 'allStrings' | 'allNumbers';
  /** The undocumented `errors` key of the envelope. */
  errorsKey: 'present' | 'absent';
  /** HTTP status of the address refusal. */
  ipErrorStatus: 200 | 403;
  /** A fresh order cannot be acknowledged for so long (A17); 0 = never locked. */
  acknowledgeLockMs: number;
}

export const defaultDialect: Dialect = {
  orderSort: 'newestFirst',
  jsonDataWrapper: 'ignored',
  overlongPage: 'capped',
  numericStyle: 'wire',
  errorsKey: 'present',
  ipErrorStatus: 200,
  acknowledgeLockMs: 0,
};

/** Allowed values per switch, for the control API; numbers are checked apart. */
export const dialectChoices: Readonly<Record<string, readonly (string | number)[]>> = {
  orderSort: ['newestFirst', 'oldestFirst'],
  jsonDataWrapper: ['ignored', 'honoured'],
  overlongPage: ['capped', 'refused'],
  numericStyle: ['wire', 'allStrings', 'allNumbers'],
  errorsKey: ['present', 'absent'],
  ipErrorStatus: [200, 403],
};
