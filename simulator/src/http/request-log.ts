/** One request as it was met; credentials are not kept. */
export interface LogRow {
  at: string;
  method: string;
  path: string;
  account: string | null;
  /** The first 2,000 characters. */
  request: string;
  /** HTTP status; null when no answer was given. */
  status: number | null;
  /** The first 500 characters. */
  response: string;
  /** Ids of the fault rules that fired. */
  faults: number[];
  /** What a client did that works, but not as it thinks. */
  warnings: string[];
  durationMs: number;
}

const maxRows = 1000;

/** The last 1,000 requests to /api-3, oldest first. */
export class RequestLog {
  #rows: LogRow[] = [];

  add(row: LogRow): void {
    this.#rows.push({ ...row, request: cut(row.request, 2000), response: cut(row.response, 500) });
    if (this.#rows.length > 2 * maxRows) this.#rows = this.#rows.slice(-maxRows);
  }

  last(count: number): LogRow[] {
    return this.#rows.slice(-Math.min(count, maxRows));
  }

  clear(): void {
    this.#rows = [];
  }
}

/** A slice of a long string would keep the whole of it in memory, so it is copied. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : Buffer.from(text.slice(0, length)).toString();
}
