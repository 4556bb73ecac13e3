/** How much work one caller, and all of them together, may ask for at once. */
import type { IncomingMessage } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import proxyAddress from '@fastify/proxy-addr';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Credential } from './context.ts';
import { peerOf } from './peer.ts';
import { problem } from './problem.ts';
import type { RateLimit } from './rate-limit.ts';

/** Requests in work per process; the next one is told to come back. Source: required-interface.md, "Settings by name". */
export const defaultMaxInWork = 1000;

/** Finds the credential that a caller brought; calls `beforeReading` before it asks the database, and heeds its refusal. */
type FindCredential = (beforeReading: () => Promise<void>) => Credential | Promise<Credential | null>;

/**
 * Looks a credential up at the expense of the peer. What is no credential costs a point, which is taken before
 * the database is asked: made-up keys run out of points before they keep it busy. A live credential gives the point back.
 *
 * @throws HttpProblem RATE_LIMITED
 */
export function findAtExpenseOf(
  limit: RateLimit,
  peer: string,
  find: FindCredential,
  reply?: FastifyReply,
): Credential | Promise<Credential | null> {
  let taken = false;
  const take = async () => {
    await limit.take(peer, reply);
    taken = true;
  };
  const found = find(take);
  // Known without asking anybody, as nearly all are.
  if (!(found instanceof Promise)) return found;
  return found.then(async (credential) => {
    if (credential === null) {
      if (!taken) await take();
    } else if (taken) await limit.giveBack(peer);
    return credential;
  });
}

/** The same for requests that Fastify does not see: upgrades. */
export interface PeerGate {
  /** @throws HttpProblem RATE_LIMITED */
  find(request: IncomingMessage, find: FindCredential): Credential | Promise<Credential | null>;
}

export function createPeerGate(limit: RateLimit, trustProxy: string[]): PeerGate {
  const trusts = proxyAddress.compile(trustProxy);
  return { find: (request, find) => findAtExpenseOf(limit, peerOf(proxyAddress(request, trusts)), find) };
}

/** Refuses requests above `max` in work, except those that `always` lets in. Returns how many are in work. */
export function shedLoad(
  app: FastifyInstance,
  max: number,
  always: (url: string) => boolean,
): { readonly inWork: number } {
  const load = { inWork: 0 };
  const leave = () => {
    load.inWork--;
  };
  app.addHook('onRequest', (request, reply, done) => {
    if (load.inWork >= max && !always(request.url)) {
      throw problem('OVERLOADED', `${max} requests are in work.`, { retryAfterSeconds: 1 });
    }
    load.inWork++;
    // 'close' comes also when the client went away, for which there is no answer, and comes once.
    reply.raw.on('close', leave);
    done();
  });
  return load;
}

/** Tells, once, that the process has taken its share of requests: up to a tenth more than `maxRequests`, so that equals do not tire together. */
export function countWear(app: FastifyInstance, wear: { maxRequests: number; onWorn(): void }): void {
  let left = Math.ceil(wear.maxRequests * (1 + Math.random() / 10));
  app.addHook('onRequest', (_request, _reply, done) => {
    if (--left === 0) wear.onWorn();
    done();
  });
}

/**
 * Takes no more connections at once, asks the clients of the others to leave by `connection: close` on every answer from
 * then on, and resolves when they are gone, `patienceMs` at the latest. A connection closed under a client that just sends
 * its next request would lose it. `gone` resolves with the last connection, whoever ends it.
 */
export function createFarewell(
  app: FastifyInstance,
): (patienceMs: number) => Promise<{ gone: Promise<void> }> {
  let isLeaving = false;
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isLeaving) reply.header('connection', 'close');
    done();
  });
  return async (patienceMs) => {
    isLeaving = true;
    // An HTTP server's own `close` also ends the connections that rest between two requests.
    const gone = new Promise<void>((resolve) => NetServer.prototype.close.call(app.server, () => resolve()));
    await Promise.race([gone, delay(patienceMs)]);
    return { gone };
  };
}
