/** A failed call in a person's words, by kind: what happened, what was kept, what to do. */
import type { ErrorCode, FieldIssue } from '@tradepost/contracts';
import type { Catalogue } from '../i18n/en.ts';
import type { Formats } from '../i18n/formats.ts';
import { CallFailed } from './call.ts';

type Kind = Exclude<keyof Catalogue['problems'], 'requestId' | 'detail' | 'setupUsed' | 'page' | 'noPage'>;

/** Every code the server may answer. What only a broken console could cause is said to be our fault, which it is. */
const kinds: Record<ErrorCode, Kind> = {
  VALIDATION_FAILED: 'invalid',
  MALFORMED_JSON: 'ours',
  BAD_REQUEST: 'ours',
  CURSOR_INVALID: 'listMoved',
  UNAUTHENTICATED: 'signedOut',
  SIGN_IN_REFUSED: 'signInRefused',
  TWO_FACTOR_REQUIRED: 'signedOut',
  TWO_FACTOR_REFUSED: 'codeRefused',
  FORBIDDEN: 'forbidden',
  PASSWORD_REFUSED: 'passwordRefused',
  CSRF_REFUSED: 'signedOut',
  NOT_FOUND: 'notFound',
  METHOD_NOT_ALLOWED: 'ours',
  REQUEST_TIMEOUT: 'busy',
  STOCK_SHORT: 'short',
  STOCK_CHANGED: 'conflict',
  STATE_CONFLICT: 'conflict',
  VERSION_CONFLICT: 'conflict',
  IDEMPOTENCY_IN_PROGRESS: 'busy',
  SECRET_NOT_REPLAYED: 'secretShown',
  ALREADY_EXISTS: 'exists',
  LAST_OWNER: 'lastOwner',
  PAYLOAD_TOO_LARGE: 'tooLarge',
  URI_TOO_LONG: 'tooLarge',
  UNSUPPORTED_MEDIA_TYPE: 'ours',
  IDEMPOTENCY_KEY_REUSED: 'ours',
  RATE_LIMITED: 'busy',
  HEADERS_TOO_LARGE: 'tooLarge',
  INTERNAL_ERROR: 'ours',
  OVERLOADED: 'busy',
  DATABASE_UNAVAILABLE: 'busy',
  STORAGE_FULL: 'diskFull',
};

/** Of these the server knows more than the words here: which state, which name. It says so in English only. */
const worthTheDetail: readonly Kind[] = ['conflict', 'exists', 'tooLarge'];

export interface ProblemWords {
  kind: Kind;
  title: string;
  kept: string;
  help: string;
  /** What exactly: one line per refused field or short item. */
  lines: string[];
  /** The server's own words in English, where they say more. */
  detail: string | null;
}

export function describeProblem(error: unknown, text: Catalogue, formats: Formats): ProblemWords {
  const kind = kindOf(error);
  const { title, kept, help } = text.problems[kind];
  const problem = error instanceof CallFailed ? error.problem : null;
  const detail = problem !== null && worthTheDetail.includes(kind) ? problem.detail : null;
  return { kind, title, kept, help, lines: linesOf(error, text, formats), detail };
}

function kindOf(error: unknown): Kind {
  if (!(error instanceof CallFailed)) return 'ours';
  if (error.problem === null) {
    // A proxy in front answers 502 to 504 in its own words when the server behind it is away.
    return error.status === 0 || (error.status >= 502 && error.status <= 504) ? 'unreachable' : 'ours';
  }
  // A newer server may know codes that this console does not.
  return kinds[error.problem.code] ?? 'ours';
}

function linesOf(error: unknown, text: Catalogue, formats: Formats): string[] {
  if (!(error instanceof CallFailed) || error.problem === null) return [];
  const { issues = [], lines = [] } = error.problem;
  return [
    ...issues.map((issue) => `${nameOf(issue.field, text, formats)}: ${wordsOf(issue, text)}`),
    ...lines.map(({ sku, asked, available }) =>
      text.problems.short.line(sku, formats.number(asked), formats.number(available)),
    ),
  ];
}

/** `body.lines.0.quantity` is "Pieces 1": the last part's name, and which one where there are several. */
function nameOf(field: string, text: Catalogue, formats: Formats): string {
  const parts = field.replace(/^(body|query|params)\./, '').split('.');
  const name = text.fields[parts.at(-1) ?? ''];
  if (name === undefined) return parts.join('.');
  const place = parts.find((part) => /^\d+$/.test(part));
  return place === undefined ? name : `${name} ${formats.number(Number(place) + 1)}`;
}

/** By the rule it breaks; without one, or with a rule not known here, in the server's own words. */
function wordsOf({ rule, limit = 0, message }: FieldIssue, text: Catalogue): string {
  return (rule === undefined ? undefined : text.fieldRules[rule])?.(limit) ?? message;
}
