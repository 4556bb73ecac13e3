/**
 * Calls of eMAG's API: one account's credentials, limits and failures. Source: emag-api.md 1 and 6.
 *
 * Success is only what says so: an envelope with `isError: false`. Everything else is an EmagError of a kind that the
 * caller can act on, in words for a person.
 */
import { DelegateBackoff, handleType, type IRetryBackoffContext, retry } from 'cockatiel';
import type { RateBucket } from './rate-limit.ts';

export type EmagFailure =
  /** The login was refused (403, 401). Trying at once again would not help. */
  | 'auth'
  /** Our address is not on the account's list. */
  | 'ip_refused'
  | 'rate_limited'
  /** 5xx, a broken connection, no answer in time: what the call did is unknown. */
  | 'unavailable'
  /** An answer that is no envelope: HTML, half a JSON, no isError. Unknown as well. */
  | 'malformed'
  /** eMAG understood and said no; `messages` says why. */
  | 'refused';

export class EmagError extends Error {
  override name = 'EmagError';
  readonly kind: EmagFailure;
  readonly messages: string[];
  readonly retryAfterMs: number | null;
  constructor(
    kind: EmagFailure,
    message: string,
    options: { messages?: string[]; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.messages = options.messages ?? [];
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

export interface EmagClientOptions {
  /** Ends in `/api-3`. */
  baseUrl: string;
  username: string;
  password: string;
  timeoutMs: number;
  /** Shared by all users of the account. */
  orderCalls: RateBucket;
  otherCalls: RateBucket;
}

const maxAnswerBytes = 50 * 1024 * 1024;

/** A refusal for speed is never the run's fault: wait as asked, or 1, 2, 4 s, and try again. Bad calls count too, so no more. */
const onRateLimit = retry(
  handleType(EmagError, (e) => e.kind === 'rate_limited'),
  {
    maxAttempts: 3,
    backoff: new DelegateBackoff(({ attempt, result }: IRetryBackoffContext<unknown>) => {
      const asked = 'error' in result && result.error instanceof EmagError ? result.error.retryAfterMs : null;
      return Math.min(asked ?? 1000 * 2 ** (attempt - 1), 60_000);
    }),
  },
);

export class EmagClient {
  #options: EmagClientOptions;
  #authorization: string;

  constructor(options: EmagClientOptions) {
    this.#options = options;
    this.#authorization = `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`;
  }

  /**
   * One call: `results` of a successful answer.
   *
   * @param path such as `order/read`
   * @throws EmagError; or the signal's reason, when it aborts
   */
  async call(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    return onRateLimit.execute(({ signal: still }) => this.#send(path, body, still), signal);
  }

  async #send(path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const { baseUrl, timeoutMs, orderCalls, otherCalls } = this.#options;
    await (path.startsWith('order') ? orderCalls : otherCalls).take(signal);
    let status: number;
    let text: string;
    let retryAfter: string | null;
    try {
      const response = await fetch(`${baseUrl}/${path}`, {
        method: 'POST',
        headers: {
          authorization: this.#authorization,
          'content-type': 'application/json',
          accept: 'application/json',
        },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      status = response.status;
      retryAfter = response.headers.get('retry-after');
      text = await readText(response);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof EmagError) throw error;
      const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
      const message = timedOut
        ? `eMAG gave no answer within ${Math.round(timeoutMs / 1000)} s.`
        : `The connection to eMAG failed (${rootCause(error)}).`;
      throw new EmagError('unavailable', message, { cause: error });
    }
    return readEnvelope(status, retryAfter, text);
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxAnswerBytes)
      throw new EmagError('malformed', "eMAG's answer was larger than 50 MB and was not read to its end.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function rootCause(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (cause as { code?: string }).code ?? (cause instanceof Error ? cause.message : String(cause));
}

function readEnvelope(status: number, retryAfter: string | null, text: string): unknown {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    if (status === 429) throw rateLimited(retryAfter);
    if (status === 401 || status === 403) throw authRefused();
    const what =
      text.trim() === ''
        ? 'nothing'
        : /^\s*</.test(text)
          ? 'a web page instead of data'
          : 'data that breaks off or cannot be read';
    throw new EmagError(
      status >= 500 ? 'unavailable' : 'malformed',
      `eMAG answered with ${what} (HTTP ${status}).`,
      { cause: error },
    );
  }
  const envelope = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const messages = [...flatten(envelope.messages), ...flatten(envelope.errors), ...flatten(envelope.message)];
  if (status === 429) throw rateLimited(retryAfter);
  const ip = messages.find((m) => /invalid vendor ip/i.test(m));
  if (ip !== undefined)
    throw new EmagError('ip_refused', `eMAG does not accept calls from this server's address: ${ip}`, {
      messages,
    });
  if (status === 401 || status === 403) throw authRefused(messages);
  if (status >= 500) throw new EmagError('unavailable', `eMAG failed with HTTP ${status}.`, { messages });
  if (envelope.isError === false) return envelope.results;
  if (envelope.isError === true)
    throw new EmagError('refused', messages.join(' · ') || `eMAG refused the call (HTTP ${status}).`, {
      messages,
    });
  throw new EmagError('malformed', `eMAG's answer does not say whether the call worked (HTTP ${status}).`, {
    messages,
  });
}

function rateLimited(retryAfter: string | null): EmagError {
  const seconds = Number(retryAfter);
  const until = retryAfter === null ? Number.NaN : Date.parse(retryAfter);
  const retryAfterMs =
    retryAfter === null
      ? null
      : Number.isFinite(seconds)
        ? seconds * 1000
        : Number.isNaN(until)
          ? null
          : Math.max(0, until - Date.now());
  return new EmagError('rate_limited', 'eMAG says that we call too often.', { retryAfterMs });
}

function authRefused(messages: string[] = []): EmagError {
  return new EmagError(
    'auth',
    "The account's user name or password was refused by eMAG, or it may not use the API.",
    { messages },
  );
}

/** Messages come as text, as objects, nested, or as one empty text. */
function flatten(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(flatten);
  if (typeof value !== 'object' || value === null) return [];
  const { text, message, field } = value as Record<string, unknown>;
  const own = flatten(text ?? message);
  return typeof field === 'string' ? own.map((m) => `${field}: ${m}`) : own;
}
