/**
 * Every error code the public face may answer, with its HTTP status and what the caller can do about it.
 * `docs/reference/errors.md` is generated from this table; a test holds that no route answers a code outside it.
 */
import { z } from 'zod';

export const errorCatalogue = {
  VALIDATION_FAILED: {
    status: 400,
    title: 'The request is not valid',
    help: 'Correct the fields listed under `issues` and send it again.',
  },
  MALFORMED_JSON: {
    status: 400,
    title: 'The body is not valid JSON',
    help: 'Send one well-formed JSON value as UTF-8.',
  },
  BAD_REQUEST: {
    status: 400,
    title: 'The request cannot be read',
    help: 'Check the request line, headers and encoding.',
  },
  CURSOR_INVALID: {
    status: 400,
    title: 'The cursor is not valid',
    help: 'Start the list again without `cursor`.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'No valid credential',
    help: 'Send `Authorization: Bearer <api key>` or sign in. Sockets take a token from `POST /api/v1/realtime/token`.',
  },
  SIGN_IN_REFUSED: { status: 401, title: 'E-mail or password is wrong', help: 'Check both and try again.' },
  TWO_FACTOR_REQUIRED: {
    status: 401,
    title: 'E-mail and password are right, and a code is needed as well',
    help: 'Send a code of the authenticator app, or a recovery code, to `POST /api/v1/session/two-factor` within ten minutes.',
  },
  TWO_FACTOR_REFUSED: {
    status: 401,
    title: 'The code is wrong, used, or too late',
    help: 'Wait for the next code of the app. After five wrong ones sign in again with e-mail and password.',
  },
  FORBIDDEN: {
    status: 403,
    title: 'The credential lacks the permission',
    help: 'Ask an owner for a role or an API key with the permission named in `detail`.',
  },
  PASSWORD_REFUSED: {
    status: 403,
    title: 'The password is not the one of this account',
    help: 'Send the present password; who has forgotten it asks an owner for a reset.',
  },
  CSRF_REFUSED: {
    status: 403,
    title: 'The request did not come from the console',
    help: 'Send the `x-csrf-token` header with the value from `GET /api/v1/session`, from the same origin.',
  },
  NOT_FOUND: {
    status: 404,
    title: 'Not found',
    help: 'Check the id. Things of another tenant are not found either.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    help: 'Use one of the methods in the `Allow` header.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'The request took too long to arrive',
    help: 'Send it again, faster.',
  },
  STOCK_SHORT: {
    status: 409,
    title: 'Not enough stock',
    help: 'Lower the quantities to what `lines[].available` says, or wait for stock. Nothing was reserved.',
  },
  STOCK_CHANGED: {
    status: 409,
    title: 'The stock is not what was expected',
    help: 'Look at `stock.onHand`, decide again, and send the change with that as `expectedOnHand`.',
  },
  STATE_CONFLICT: {
    status: 409,
    title: 'The present state does not allow this',
    help: 'Read the thing again and decide on its present state.',
  },
  VERSION_CONFLICT: {
    status: 409,
    title: 'It was changed in the meantime',
    help: 'Look at `conflict.current`, decide again, and send the change with its version.',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    title: 'The first request with this key is still running',
    help: 'Wait a second and repeat the same request.',
  },
  SECRET_NOT_REPLAYED: {
    status: 409,
    title: 'The answer held a secret and is shown only once',
    help: 'Use the thing with the id in `id`, or make a new one with a new key.',
  },
  ALREADY_EXISTS: {
    status: 409,
    title: 'It exists already',
    help: 'Use the existing one, or choose another name or SKU.',
  },
  LAST_OWNER: {
    status: 409,
    title: 'The tenant would be without an owner',
    help: 'Make another member an owner first.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    title: 'The body is too large',
    help: 'Send at most the number of bytes named in `detail`.',
  },
  URI_TOO_LONG: {
    status: 414,
    title: 'The address is too long',
    help: 'Send at most the number of characters named in `detail`.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'The content type is not supported',
    help: 'Send `Content-Type: application/json`.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'The idempotency key was used with another request',
    help: 'Use a new key for a new request.',
  },
  RATE_LIMITED: { status: 429, title: 'Too many requests', help: 'Wait the seconds in `Retry-After`.' },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The headers are too large',
    help: 'Send fewer cookies and shorter headers.',
  },
  INTERNAL_ERROR: {
    status: 500,
    title: 'Something went wrong on our side',
    help: 'Repeat the request with the same Idempotency-Key; tell the operator the request id if it stays.',
  },
  OVERLOADED: {
    status: 503,
    title: 'The server is busy',
    help: 'Repeat after the seconds in `Retry-After`.',
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    title: 'The database cannot be reached',
    help: 'Repeat after the seconds in `Retry-After`; nothing was changed.',
  },
  STORAGE_FULL: {
    status: 507,
    title: 'The disk is full',
    help: 'Nothing was changed, and reading goes on. Tell the operator; repeat after the seconds in `Retry-After`, when there is space again.',
  },
} as const satisfies Record<string, { status: number; title: string; help: string }>;

export type ErrorCode = keyof typeof errorCatalogue;
export const errorCodes = Object.keys(errorCatalogue) as ErrorCode[];

/** What a refused field breaks, for programs that say it in their own words. */
export const fieldRules = [
  'required',
  'unknown',
  'once',
  'format',
  'choice',
  'too_small',
  'too_big',
  'too_short',
  'too_long',
  'too_few',
  'too_many',
] as const;
export type FieldRule = (typeof fieldRules)[number];

/** One field that was refused: its path in the request, what was sent, what is allowed. */
export const FieldIssue = z.object({
  field: z.string().describe('Where: `body.lines.0.quantity`, `query.limit`, `params.id`'),
  message: z.string().describe('What is allowed there'),
  rule: z
    .enum(fieldRules)
    .optional()
    .describe('The rule behind `message`, where it is one of the common ones'),
  limit: z.number().optional().describe('The bound that a `too_…` rule names'),
  value: z.unknown().optional().describe('What was sent, shortened; never a secret'),
});
export type FieldIssue = z.infer<typeof FieldIssue>;

/** Per line of a refused reservation: what was asked and what there is. */
export const ShortLine = z.object({
  sku: z.string(),
  asked: z.int(),
  available: z.int(),
});
export type ShortLine = z.infer<typeof ShortLine>;

/** Of an adjustment made from another figure than the present one: both. */
export const StockExpectation = z.object({
  sku: z.string(),
  location: z.string(),
  expectedOnHand: z.int(),
  onHand: z.int(),
});
export type StockExpectation = z.infer<typeof StockExpectation>;

/** Of a change made from another version than the present one: both. */
export const VersionConflict = z.object({
  askedVersion: z.int().describe('The version the change was made from'),
  currentVersion: z.int(),
  current: z.record(z.string(), z.unknown()).describe('The thing as it is now'),
});
export type VersionConflict = z.infer<typeof VersionConflict>;

/** RFC 9457 problem details with a stable `code`. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(errorCodes as [ErrorCode, ...ErrorCode[]]),
  detail: z.string(),
  instance: z.string().optional(),
  requestId: z.string(),
  issues: z.array(FieldIssue).optional(),
  lines: z.array(ShortLine).optional(),
  stock: StockExpectation.optional(),
  conflict: VersionConflict.optional(),
  id: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;
