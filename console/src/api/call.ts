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

/** Calls an operation of the contracts. Throws `CallFailed` for every answer that is not a success. */
export async function call<K extends Operation>(
  operation: K,
  input: CallInput<K>,
  options: CallOptions = {},
): Promise<CallOutput<K>> {
  const { params, query, body } = input as AnyInput;
  const [method, template] = endpoints[operation].split(' ') as [string, string];
  const path = template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params?.[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const headers = new Headers({ accept: 'application/json, application/problem+json' });
  if (body !== undefined) headers.set('content-type', 'application/json');
  if (options.idempotencyKey) headers.set('idempotency-key', options.idempotencyKey);
  const csrfToken = hooks.csrfToken();
  if (method !== 'GET' && csrfToken) headers.set('x-csrf-token', csrfToken);

  const url = `/api/v1${path}${search.size > 0 ? `?${search}` : ''}`;
  let response: Response;
  try {
    response = await fetch(url, {
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
  const problem = await readProblem(response);
  // A refused password or code, and a missing session before sign-in, are answers to show, not a session that ended.
  if (problem?.code === 'UNAUTHENTICATED' && operation !== 'getSession') signedOut();
  throw new CallFailed(response.status, problem);
}

async function readProblem(response: Response): Promise<Problem | null> {
  if (!response.headers.get('content-type')?.includes('json')) return null;
  try {
    const value = (await response.json()) as Partial<Problem>;
    return typeof value.code === 'string' && typeof value.requestId === 'string' ? (value as Problem) : null;
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
