/** Failures that handlers throw; the one error handler renders them as RFC 9457 problem details. */
import {
  type ErrorCode,
  errorCatalogue,
  type FieldIssue,
  type Problem,
  type ShortLine,
  type StockExpectation,
  type VersionConflict,
} from '@tradepost/contracts';

export interface ProblemExtras {
  issues?: FieldIssue[];
  lines?: ShortLine[];
  stock?: StockExpectation;
  conflict?: VersionConflict;
  id?: string;
  /** Sent as `Retry-After`. */
  retryAfterSeconds?: number;
  /** Sent as `Allow`. */
  allow?: string;
}

/** A documented failure. `detail` is shown to the caller: words for a person, no internals. */
export class HttpProblem extends Error {
  override name = 'HttpProblem';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly extras: ProblemExtras;

  constructor(code: ErrorCode, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.code = code;
    this.detail = detail;
    this.extras = extras;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }
}

export function problem(code: ErrorCode, detail: string, extras?: ProblemExtras): HttpProblem {
  return new HttpProblem(code, detail, extras);
}

/** One refused field, for failures that only the service can see. `field` is a path such as `body.lines.0.sku`. */
export function invalidField(field: string, message: string, value?: unknown): HttpProblem {
  const issue: FieldIssue = value === undefined ? { field, message } : { field, message, value };
  return problem('VALIDATION_FAILED', `${field}: ${message}`, { issues: [issue] });
}

/** The body of the answer. A `code` is documented in docs/reference/errors.md. */
export function problemBody(failure: HttpProblem, requestId: string, instance?: string): Problem {
  const { issues, lines, stock, conflict, id } = failure.extras;
  return {
    type: `urn:tradepost:error:${failure.code}`,
    title: errorCatalogue[failure.code].title,
    status: failure.status,
    code: failure.code,
    detail: failure.detail,
    ...(instance !== undefined && { instance }),
    requestId,
    ...(issues !== undefined && { issues }),
    ...(lines !== undefined && { lines }),
    ...(stock !== undefined && { stock }),
    ...(conflict !== undefined && { conflict }),
    ...(id !== undefined && { id }),
  };
}
