/** A failed call in a person's words, by kind: what happened, what was kept, what to do. */
import type { ErrorCode } from '@tradepost/contracts';
import type { Catalogue } from '../i18n/en.ts';
import type { Formats } from '../i18n/formats.ts';
import { CallFailed } from './call.ts';

type Kind = Exclude<keyof Catalogue['problems'], 'requestId' | 'nothingChanged' | 'page' | 'noPage'>;

const kinds: Partial<Record<ErrorCode, Kind>> = {
  VALIDATION_FAILED: 'invalid',
  UNAUTHENTICATED: 'signedOut',
  SIGN_IN_REFUSED: 'signInRefused',
  FORBIDDEN: 'forbidden',
  CSRF_REFUSED: 'signedOut',
  NOT_FOUND: 'notFound',
  STOCK_SHORT: 'short',
  STATE_CONFLICT: 'conflict',
  IDEMPOTENCY_IN_PROGRESS: 'busy',
  SECRET_NOT_REPLAYED: 'secretShown',
  ALREADY_EXISTS: 'exists',
  RATE_LIMITED: 'busy',
  OVERLOADED: 'busy',
  DATABASE_UNAVAILABLE: 'busy',
};

export interface ProblemWords {
  kind: Kind;
  title: string;
  kept: string;
  help: string;
  /** What exactly: one line per refused field or short item. */
  lines: string[];
}

export function describeProblem(error: unknown, text: Catalogue, formats: Formats): ProblemWords {
  const kind = kindOf(error);
  const { title, kept, help } = text.problems[kind];
  return { kind, title, kept, help, lines: linesOf(error, text, formats) };
}

function kindOf(error: unknown): Kind {
  if (!(error instanceof CallFailed)) return 'ours';
  if (error.problem === null) {
    // A proxy in front answers 502 to 504 in its own words when the server behind it is away.
    return error.status === 0 || (error.status >= 502 && error.status <= 504) ? 'unreachable' : 'ours';
  }
  return kinds[error.problem.code] ?? 'ours';
}

function linesOf(error: unknown, text: Catalogue, formats: Formats): string[] {
  if (!(error instanceof CallFailed) || error.problem === null) return [];
  const { issues = [], lines = [] } = error.problem;
  return [
    ...issues.map(({ field, message }) => `${field.replace(/^(body|query|params)\./, '')}: ${message}`),
    ...lines.map(({ sku, asked, available }) =>
      text.problems.short.line(sku, formats.number(asked), formats.number(available)),
    ),
  ];
}
