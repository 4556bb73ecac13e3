import type { Dialect } from '../dialect.ts';

/** How an answer leaves; anything but `whole` is a fault. */
export type Delivery =
  | { kind: 'whole' }
  /** Accepted, never answered. */
  | { kind: 'silent' }
  /** Connection reset before the headers, or in the middle of the body. */
  | { kind: 'reset'; at: 'headers' | 'body' }
  /** The body stops early; Content-Length says the short length, or the full one. */
  | { kind: 'truncated'; contentLength: 'short' | 'full' }
  /** First a pause, then so many bytes a second. */
  | { kind: 'slow'; delayMs: number; bytesPerSecond: number };

export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** JSON value, or ready text (HTML, empty). */
  body: { json: unknown } | { text: string };
  delivery: Delivery;
}

export interface Envelope {
  isError?: unknown;
  messages: unknown[];
  errors?: unknown[];
  results: unknown;
}

/** A business error: the envelope with `isError: true`. Source: emag-api.md 6.2. */
export class ApiError extends Error {
  readonly status: number;
  readonly messages: readonly unknown[];

  constructor(message: string | readonly unknown[], status = 200) {
    super(typeof message === 'string' ? message : JSON.stringify(message));
    this.messages = typeof message === 'string' ? [message] : message;
    this.status = status;
  }
}

export function jsonAnswer(status: number, json: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { Server: 'nginx', ...headers }, body: { json }, delivery: { kind: 'whole' } };
}

export function textAnswer(status: number, text: string, contentType: string): Answer {
  const headers = { Server: 'nginx', 'Content-Type': contentType };
  return { status, headers, body: { text }, delivery: { kind: 'whole' } };
}

export function success(results: unknown, messages: unknown[] = []): Answer {
  return jsonAnswer(200, { isError: false, messages, errors: [], results } satisfies Envelope);
}

export function failure(error: ApiError): Answer {
  const envelope: Envelope = { isError: true, messages: [...error.messages], errors: [], results: [] };
  return jsonAnswer(error.status, envelope);
}

export const gateway = {
  noRoute: () => kong(404, 'no Route matched with those values'),
  unauthorized: () => kong(401, 'Unauthorized'),
  rateLimited: (headers: Record<string, string> = {}) => kong(429, 'API rate limit exceeded', headers),
};

function kong(status: number, message: string, headers: Record<string, string> = {}): Answer {
  return jsonAnswer(status, { message }, { ...headers, Server: 'kong/0.12.1' });
}

export function forbidden(): Answer {
  return jsonAnswer(403, { isError: true, messages: ['You are not allowed to use this API.'], results: [] });
}

export function invalidIp(address: string, status: 200 | 403): Answer {
  return failure(new ApiError(`ERROR: Invalid vendor ip [${address}]`, status));
}

/** An answer with its envelope, if it has one. */
export function envelopeOf(answer: Answer): Envelope | null {
  if (!('json' in answer.body)) return null;
  const { json } = answer.body;
  return typeof json === 'object' && json !== null && 'results' in json ? (json as Envelope) : null;
}

export function withJson(answer: Answer, json: unknown): Answer {
  return { ...answer, body: { json } };
}

/** The choices of the dialect that concern every envelope. */
export function inDialect(answer: Answer, dialect: Dialect): Answer {
  const envelope = envelopeOf(answer);
  if (!envelope) return answer;
  let { results } = envelope;
  if (dialect.numericStyle !== 'wire') results = restyleNumbers(results, dialect.numericStyle);
  const spoken: Envelope = { ...envelope, results };
  if (dialect.errorsKey === 'absent') delete spoken.errors;
  return withJson(answer, spoken);
}

const plainNumber = /^-?(?:0|[1-9]\d{0,14})(?:\.\d+)?$/;

/** All numbers as strings, or all numeric strings as numbers. */
export function restyleNumbers(value: unknown, style: 'allStrings' | 'allNumbers'): unknown {
  if (typeof value === 'number') return style === 'allStrings' ? String(value) : value;
  if (typeof value === 'string')
    return style === 'allNumbers' && plainNumber.test(value) ? Number(value) : value;
  if (Array.isArray(value)) return value.map((item) => restyleNumbers(item, style));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, restyleNumbers(item, style)]));
}

/** JSON as the PHP side writes it: slashes escaped, ASCII only. Source: emag-api.md 1.4. */
export function phpJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
