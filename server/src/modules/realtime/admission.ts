/**
 * Who may open a socket, and on what. Everything is decided before the upgrade, so a refusal is an ordinary HTTP answer
 * that a person can read in any tool.
 */
import type { IncomingMessage } from 'node:http';
import { type Channel, channels } from '@tradepost/contracts';
import { type Authenticate, type Credential, invalidField, type PeerGate, problem } from '#platform/http';

export interface AdmissionDeps {
  authenticate: Authenticate;
  /** The live credential a token was issued to; null when it is not ours, too old, or its credential has ended. */
  verifyRealtimeToken(token: string, beforeReading: () => Promise<void>): Promise<Credential | null>;
  findTenantSlug(tenantId: string): Promise<string | null>;
  /** Origins beside the server's own whose pages may use a session cookie. */
  allowedOrigins: readonly string[];
}

export interface Admission {
  credential: Credential;
  channel: Channel;
  since: string | undefined;
  /** The first frame tells how things stand. */
  statisticsFirst: boolean;
}

const tokenRoute = 'POST /api/v1/realtime/token';
const identityParameters = ['userId', 'user_id', 'tenantId', 'tenant_id'];
const keyParameters = ['apiKey', 'api_key', 'key', 'access_token'];
const cookieHelp = 'A session cookie opens a socket only from the console itself';

/** @throws HttpProblem why the socket is refused */
export async function admit(
  request: IncomingMessage,
  peers: PeerGate,
  deps: AdmissionDeps,
): Promise<Admission> {
  const { path, query } = readTarget(request);
  const place = findPlace(path);
  if (place === null) throw problem('NOT_FOUND', 'There is no socket at this path.');
  refuseSecretsAndIdentities(query);
  const known = place.fixedChannel === undefined ? ['channel', 'since', 'token'] : ['since', 'token'];
  for (const name of query.keys()) {
    if (query.getAll(name).length > 1) throw invalidField(`query.${name}`, 'must be given once');
    if (!known.includes(name))
      throw invalidField(`query.${name}`, `is not known; known: ${known.join(', ')}`);
  }

  const credential = await findCredential(request, query.get('token'), peers, deps);
  if (!credential.permissions.has('realtime.read')) {
    throw problem('FORBIDDEN', 'Sockets need the permission realtime.read.');
  }
  if (place.tenant !== undefined && place.tenant !== credential.tenantId) {
    if (place.tenant !== (await deps.findTenantSlug(credential.tenantId))) {
      throw problem('FORBIDDEN', "The tenant in the path is not the credential's own.");
    }
  }
  const channel = place.fixedChannel ?? query.get('channel') ?? 'all';
  if (!isChannel(channel)) {
    throw problem('NOT_FOUND', `There is no such channel; there are ${Object.keys(channels).join(', ')}.`);
  }
  if (!credential.permissions.has(channels[channel])) {
    throw problem('FORBIDDEN', `The channel ${channel} needs the permission ${channels[channel]}.`);
  }
  const since = query.get('since') ?? undefined;
  return { credential, channel, since, statisticsFirst: place.statisticsFirst };
}

export function isChannel(name: string): name is Channel {
  return Object.hasOwn(channels, name);
}

function readTarget(request: IncomingMessage): { path: string; query: URLSearchParams } {
  const [path, ...rest] = (request.url ?? '').split('?');
  try {
    return { path: decodeURIComponent(path!), query: new URLSearchParams(rest.join('?')) };
  } catch {
    throw problem('BAD_REQUEST', 'The path is not valid percent-encoded UTF-8.');
  }
}

interface Place {
  fixedChannel?: Channel;
  tenant?: string;
  statisticsFirst: boolean;
}

function findPlace(path: string): Place | null {
  const [, root, feed, tenant, ...more] = path.replace(/\/$/, '').split('/');
  if (root !== 'ws' || more.length > 0) return null;
  if (feed === undefined) return { statisticsFirst: false };
  if (feed === 'orders' && tenant === undefined) return { fixedChannel: 'orders', statisticsFirst: true };
  if (feed === 'notifications') return { statisticsFirst: false, ...(tenant !== undefined && { tenant }) };
  return null;
}

function refuseSecretsAndIdentities(query: URLSearchParams): void {
  for (const name of identityParameters) {
    if (!query.has(name)) continue;
    throw problem(
      'UNAUTHENTICATED',
      `\`${name}\` in the query proves nothing about who you are. Get a token from ${tokenRoute} and send it as ?token=.`,
    );
  }
  if (
    keyParameters.some((name) => query.has(name)) ||
    query.getAll('token').some((t) => t.startsWith('tp_'))
  ) {
    throw problem(
      'UNAUTHENTICATED',
      `An API key must not stand in an address, which proxies and histories keep. Send it as Authorization: Bearer, or get a token from ${tokenRoute}.`,
    );
  }
}

async function findCredential(
  request: IncomingMessage,
  token: string | null,
  peers: PeerGate,
  deps: AdmissionDeps,
): Promise<Credential> {
  const { authorization, cookie } = request.headers;
  // A browser sends the cookie along for any page's socket, and no CORS stands in the way: the origin decides.
  const byCookie = token === null && authorization === undefined && cookie !== undefined;
  if (byCookie) checkOrigin(request, deps.allowedOrigins);
  const credential = await peers.find(request, async (beforeReading) => {
    if (token !== null) return deps.verifyRealtimeToken(token, beforeReading);
    return deps.authenticate(byCookie ? { cookie } : { authorization }, beforeReading);
  });
  if (credential === null) {
    throw problem(
      'UNAUTHENTICATED',
      `Send Authorization: Bearer <api key>, or ?token= from ${tokenRoute}. Tokens are valid for a minute.`,
    );
  }
  return credential;
}

/** Programs send no Origin; every browser does. */
function checkOrigin(request: IncomingMessage, allowed: readonly string[]): void {
  const { origin, host } = request.headers;
  if (origin === undefined || allowed.includes(origin)) return;
  if (URL.canParse(origin) && new URL(origin).host === host) return;
  throw problem('FORBIDDEN', `${cookieHelp}, not from the origin ${origin.slice(0, 100)}.`);
}
