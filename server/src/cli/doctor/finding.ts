/** What the doctor says of one thing. */

export interface Finding {
  /** What was looked at: `clock`, `disk`. */
  check: string;
  /** `warn`: works, but look at it; `fail`: mend it. */
  status: 'ok' | 'warn' | 'fail';
  message: string;
  /** What to do; null where there is nothing. */
  fix: string | null;
}

/** Findings of one check. */
export function checker(check: string) {
  return {
    ok: (message: string): Finding => ({ check, status: 'ok', message, fix: null }),
    warn: (message: string, fix: string): Finding => ({ check, status: 'warn', message, fix }),
    fail: (message: string, fix: string): Finding => ({ check, status: 'fail', message, fix }),
  };
}
