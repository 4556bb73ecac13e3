import type { IncomingMessage } from 'node:http';
import { asApiError } from '../api/request.ts';
import { findRoute } from '../api/routes.ts';
import { applyAfter, applyBefore, type Bend, type FaultRequest, serverError } from '../faults/actions.ts';
import type { Fault } from '../faults/rules.ts';
import type { SellerAccount } from '../seller-account.ts';
import type { World } from '../world.ts';
import { type Answer, ApiError, failure, forbidden, gateway, inDialect, invalidIp } from './answer.ts';
import { countLeaves, parseBody } from './body.ts';

const maxInputElements = 4000;

/** One request's way through the pipeline, with what the log wants to know. */
interface Passage {
  world: World;
  method: string;
  /** Below /api-3. */
  path: string;
  query: URLSearchParams;
  text: string;
  headers: IncomingMessage['headers'];
  remoteAddress: string;
  /** Whose name the credentials bear, right password or not. */
  account: SellerAccount | null;
  faults: Fault[];
  warnings: string[];
}

/**
 * Everything under /api-3, in the marketplace's order: faults before, route, credentials, address, limits, body,
 * handler, faults after. Refused requests count against the limits, too. Source: emag-api.md 7.1.
 */
export function answerApiRequest(
  world: World,
  request: IncomingMessage,
  url: URL,
  text: string,
): { answer: Answer; faults: Fault[]; warnings: string[]; username: string | null } {
  world.tick();
  const credentials = readCredentials(request.headers.authorization);
  const passage: Passage = {
    world,
    method: request.method ?? 'GET',
    path: url.pathname.replace(/^\/api-3\/?/, ''),
    query: url.searchParams,
    text,
    headers: request.headers,
    remoteAddress: request.socket.remoteAddress ?? '',
    account: credentials ? (world.accounts.get(credentials.username) ?? null) : null,
    faults: [],
    warnings: [],
  };
  passage.faults = world.meetFaults({
    method: passage.method,
    route: passage.path,
    account: passage.account,
    body: text,
  });
  const answer = pass(passage, credentials);
  const username = passage.account?.settings.username ?? null;
  return { answer, faults: passage.faults, warnings: passage.warnings, username };
}

function pass(passage: Passage, credentials: Credentials | null): Answer {
  const { world, account } = passage;
  const orderId = /^order\/acknowledge\/(\d+)$/.exec(passage.path)?.[1];
  const faultRequest: FaultRequest = {
    world,
    account,
    remoteAddress: passage.remoteAddress,
    orderId: orderId === undefined ? null : Number(orderId),
  };
  const bend: Bend = { ignoreFilters: false, pageShift: 0 };
  for (const fault of passage.faults) {
    const answer = fault.stage === 'before' ? applyBefore(fault.action, faultRequest, bend) : null;
    if (answer) return answer;
  }
  const outage = outageAnswer(world, account);
  if (outage) return outage;
  let answer = inDialect(handle(passage, credentials, bend), world.settings.dialect);
  for (const fault of passage.faults) {
    if (fault.stage === 'after') answer = applyAfter(fault.action, answer, faultRequest);
  }
  return answer;
}

function outageAnswer(world: World, account: SellerAccount | null): Answer | null {
  const { outage } = world.actors;
  if (!outage || outage.username !== account?.settings.username) return null;
  return outage.kind === 'forbidden' ? forbidden() : serverError(500, 'html');
}

function handle(passage: Passage, credentials: Credentials | null, bend: Bend): Answer {
  const { world, account, method, path } = passage;
  const found = findRoute(method, path);
  const refusal = refused(passage, credentials, found !== null);
  if (account && world.settings.rateLimits) {
    const bucket = path.startsWith('order') ? 'order' : 'other';
    const { username } = account.settings;
    const taken = world.rateLimiter.take(username, bucket, world.settings.rateLimits, world.clock.nowMs());
    if (!refusal && !taken.allowed) return gateway.rateLimited(taken.headers);
  }
  if (refusal || !found || !account) return refusal ?? gateway.noRoute();
  try {
    const body = parseBody(passage.text, passage.headers['content-type'] ?? '');
    if (countLeaves(body.value) > maxInputElements) {
      throw new ApiError(`Maximum input vars of ${maxInputElements} exceeded`);
    }
    const { query, warnings } = passage;
    return found.route.handle({ world, account, id: found.id, query, body, bend, warnings });
  } catch (error) {
    if (error instanceof SyntaxError) return failure(new ApiError('Invalid JSON in request body'));
    const known = asApiError(error);
    if (known) return failure(known);
    throw error;
  }
}

/** The refusals that come before the limits. Source: emag-api.md 1.3, 1.6. */
function refused(passage: Passage, credentials: Credentials | null, isRoute: boolean): Answer | null {
  const { account, world, remoteAddress } = passage;
  if (!isRoute) return gateway.noRoute();
  if (!credentials) return gateway.unauthorized();
  if (!account || account.settings.password !== credentials.password) return forbidden();
  const { ips } = account.settings;
  const address = remoteAddress.replace(/^::ffff:/, '');
  if (ips && !ips.includes(address)) return invalidIp(address, world.settings.dialect.ipErrorStatus);
  return null;
}

interface Credentials {
  username: string;
  password: string;
}

function readCredentials(header: string | undefined): Credentials | null {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return null;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 1) return null;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
