/** HTTP as a caller sees it: status, headers, text, and the JSON when it is some. */
import type { Session } from '@tradepost/contracts';

export interface Answer<T = unknown> {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed JSON; undefined when the body is none. */
  body: T;
}

export interface CallOptions {
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is; the caller gives the content type. */
  raw?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
}

/** One request, redirects not followed. @throws TypeError when the connection fails */
export async function send<T>(
  method: string,
  url: string,
  { json, raw, headers = {} }: CallOptions = {},
): Promise<Answer<T>> {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: { ...(json !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: json !== undefined ? JSON.stringify(json) : (raw ?? null),
  });
  const text = await response.text();
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
  const body = (isJson && text !== '' ? JSON.parse(text) : undefined) as T;
  return { status: response.status, headers: response.headers, text, body };
}

/** Calls below `/api/v1` under one credential. */
export class Api {
  readonly url: string;
  readonly headers: Record<string, string>;

  constructor(url: string, headers: Record<string, string> = {}) {
    this.url = url;
    this.headers = headers;
  }

  static withKey(url: string, key: string): Api {
    return new Api(url, { authorization: `Bearer ${key}` });
  }

  call<T>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    const headers = { ...this.headers, ...options.headers };
    return send<T>(method, `${this.url}/api/v1${path}`, { ...options, headers });
  }

  /** The body of a call that must go well. */
  async get<T>(path: string): Promise<T> {
    return expectOk(await this.call<T>('GET', path), `GET ${path}`);
  }

  async post<T>(path: string, json: unknown = undefined): Promise<T> {
    return expectOk(await this.call<T>('POST', path, { json }), `POST ${path}`);
  }

  /** All items of a keyset list. */
  async list<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? 'limit=200' : `limit=200&cursor=${encodeURIComponent(cursor)}`;
      const page: { items: T[]; nextCursor: string | null } = await this.get(
        `${path}${path.includes('?') ? '&' : '?'}${query}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return items;
  }
}

function expectOk<T>(answer: Answer<T>, what: string): T {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw new Error(`${what}: ${answer.status} ${answer.text.slice(0, 1000)}`);
}

/** Calls by a session cookie and its CSRF token, as the console makes them. */
export interface SignedIn {
  api: Api;
  session: Session;
  cookie: string;
}

export function signedInBy(url: string, answer: Answer<Session>): SignedIn {
  const cookie = answer.headers
    .getSetCookie()
    .map((c) => c.split(';', 1)[0])
    .join('; ');
  const session = answer.body;
  return { api: new Api(url, { cookie, 'x-csrf-token': session.csrfToken }), session, cookie };
}

export async function signIn(url: string, email: string, password: string): Promise<SignedIn> {
  const answer = await new Api(url).call<Session>('POST', '/session', { json: { email, password } });
  expectOk(answer, 'signing in');
  return signedInBy(url, answer);
}
