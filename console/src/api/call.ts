/** One function to talk to the server: CSRF, problem+json, idempotency keys, and one place that notices a lost session. */
import type { Problem, Session } from '@tradepost/contracts';
import { type CallInput, type CallOutput, endpoints, type Operation } from './endpoints.ts';

/** A call that did not succeed. `problem` is null when no readable answer came: the server was not reached, or something between answered. */
export class CallFailed extends Error {
  readonly problem: Problem | null;
  /** HTTP status; 0 when the server was not reached. */
  readonly status: number;
  constructor(status: number, problem: Problem | null) {
    super(problem?.title ?? (status === 0 ? 'The server was not reached' : `HTTP ${status}`));
    this.name = 'CallFailed';
    this.status = status;
    this.problem = problem;
  }
}

/** What `call` needs to know of the session; set once by whoever owns it. */
interface SessionHooks {
  csrfToken: () => Session['csrfToken'] | undefined;
  onSignedOut: () => void;
}
let hooks: SessionHooks = { csrfToken: () => undefined, onSignedOut: () => {} };
export function setSessionHooks(next: SessionHooks): void {
  hooks = next;
}

/** The session has ended: said by an answer, or by the live connection. */
export function signedOut(): void {
  hooks.onSignedOut();
}

interface CallOptions {
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
}

interface AnyInput {
  params?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
}

/** Where an operation is reached. By itself it is the address of a file to download: the browser sends the session along. */
export function addressOf<K extends Operation>(operation: K, input: CallInput<K>): string {
  const { params, query } = input as AnyInput;
  const template = endpoints[operation].split(' ')[1] as string;
  const path = template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params?.[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  return `/api/v1${path}${search.size > 0 ? `?${search}` : ''}`;
}

/** What every call says of itself. */
export function headersFor(operation: Operation): Headers {
  const headers = new Headers({ accept: 'application/json, application/problem+json' });
  const csrfToken = hooks.csrfToken();
  if (!endpoints[operation].startsWith('GET ') && csrfToken) headers.set('x-csrf-token', csrfToken);
  return headers;
}

/** Calls an operation of the contracts. Throws `CallFailed` for every answer that is not a success. */
export async function call<K extends Operation>(
  operation: K,
  input: CallInput<K>,
  options: CallOptions = {},
): Promise<CallOutput<K>> {
  const { body } = input as AnyInput;
  const method = endpoints[operation].split(' ')[0] as string;
  const headers = headersFor(operation);
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (options.idempotencyKey) headers.set('idempotency-key', options.idempotencyKey);

  let response: Response;
  try {
    response = await fetch(addressOf(operation, input), {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new CallFailed(0, null);
  }
  if (response.ok) {
    if (response.status === 204) return undefined as CallOutput<K>;
    try {
      return (await response.json()) as CallOutput<K>;
    } catch {
      // A success we cannot read is one cut off on the way, or answered by something between.
      throw new CallFailed(0, null);
    }
  }
  throw refused(operation, response.status, await readProblem(response));
}

/** The failure that an answer stands for; notices a session that has ended. */
export function refused(operation: Operation, status: number, problem: Problem | null): CallFailed {
  // A refused password or code, and a missing session before sign-in, are answers to show, not a session that ended.
  if (problem?.code === 'UNAUTHENTICATED' && operation !== 'getSession') signedOut();
  return new CallFailed(status, problem);
}

async function readProblem(response: Response): Promise<Problem | null> {
  if (!response.headers.get('content-type')?.includes('json')) return null;
  return parseProblem(await response.text().catch(() => ''));
}

/** Null: this is no problem as the server writes them. */
export function parseProblem(text: string): Problem | null {
  try {
    const value = JSON.parse(text) as Partial<Problem> | null;
    return typeof value?.code === 'string' && typeof value.requestId === 'string' ? (value as Problem) : null;
  } catch {
    return null;
  }
}

/** A key for one intention of a person. `crypto.randomUUID` is missing on plain http, which is how a console in a shop's own network may be reached. */
export function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
