/**
 * One contract becomes one Fastify route. The order of each request: credential (looked up at the expense of the peer's
 * address), rate limit, permission, CSRF, body, validation, handler, answer by the contract's schema, so nothing unlisted leaves.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { RouteContract } from '@tradepost/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Credential, PublicContext, RequestContext } from './context.ts';
import { type Csrf, checkCsrf } from './csrf.ts';
import { JsonText, sendJsonText } from './json-text.ts';
import { findAtExpenseOf } from './limits.ts';
import { peerOf } from './peer.ts';
import { problem } from './problem.ts';
import type { RateLimit } from './rate-limit.ts';
import type { RouteRegistration } from './route.ts';
import { passBodies } from './upload.ts';
import { createParser, type ParseRequest } from './validate.ts';

export const apiPrefix = '/api/v1';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on public routes. */
    credential: Credential | null;
  }
  interface FastifyContextConfig {
    /** Name in logs and metrics. */
    operation?: string;
    /** Its body is a file. */
    upload?: boolean;
  }
}

/**
 * The live session or API key of these headers; null for none. Given at once where it is known. `beforeReading` is called
 * before the database is asked for it, and heeded when it throws. `onlyReads`: the request changes nothing, so one that
 * lived lately does while the database is away.
 */
export type Authenticate = (
  headers: IncomingHttpHeaders,
  beforeReading?: () => Promise<void>,
  onlyReads?: boolean,
) => Credential | Promise<Credential | null>;

export interface Gate {
  authenticate: Authenticate;
  csrf: Csrf;
  rateLimit: RateLimit;
  uploadLimit: RateLimit;
  publicUrl: string | null;
}

export function registerRoute(app: FastifyInstance, registration: RouteRegistration, gate: Gate): void {
  const { contract } = registration;
  const parse = createParser(contract);
  const add = (scope: FastifyInstance): void => {
    for (const url of [`${apiPrefix}${contract.path}`, ...registration.aliases]) {
      scope.route({
        method: contract.method,
        url,
        config: { operation: contract.operation, upload: contract.upload !== undefined },
        onRequest(request, reply, done) {
          const waiting = admit(contract, request, reply, gate);
          if (waiting === undefined) done();
          else waiting.then(() => done(), done);
        },
        handler: (request, reply) => answer(registration, parse, request, reply),
      });
    }
  };
  const contentTypes = contract.upload;
  if (contentTypes === undefined) add(app);
  else {
    app.register(async (scope) => {
      passBodies(scope, contentTypes);
      add(scope);
    });
  }
}

/** Lets in or throws; at once where nobody has to be asked, because promises in front of every handler would be felt. */
function admit(
  { access, upload }: RouteContract,
  request: FastifyRequest,
  reply: FastifyReply,
  { authenticate, csrf, rateLimit, uploadLimit, publicUrl }: Gate,
): Promise<void> | undefined {
  if (access === 'public') {
    return next(rateLimit.take(peerOf(request.ip), reply), () => checkCsrf(csrf, request, null, publicUrl));
  }
  const onlyReads = request.method === 'GET' || request.method === 'HEAD';
  const find = (beforeReading: () => Promise<void>) =>
    authenticate(request.headers, beforeReading, onlyReads);
  return next(findAtExpenseOf(rateLimit, peerOf(request.ip), find, reply), (credential) => {
    if (credential === null) {
      throw problem('UNAUTHENTICATED', 'The request carries no live session or API key.');
    }
    const { id, permissions } = credential;
    const letIn = () => {
      if (access !== 'signed-in' && !permissions.has(access)) {
        throw problem('FORBIDDEN', `This needs the permission ${access}.`);
      }
      request.credential = credential;
      checkCsrf(csrf, request, id, publicUrl);
    };
    const taken = rateLimit.take(id, reply);
    return next(upload === undefined ? taken : next(taken, () => uploadLimit.take(id, reply)), letIn);
  });
}

/** Goes on with what is there, or will be. */
function next<T>(
  value: T | Promise<T>,
  goOn: (value: T) => Promise<void> | undefined | void,
): Promise<void> | undefined {
  return value instanceof Promise ? value.then(goOn) : (goOn(value) ?? undefined);
}

async function answer(
  registration: RouteRegistration,
  parse: ParseRequest,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { contract } = registration;
  const parsed = parse(request);
  const ctx = makeContext(request, contract.operation);
  // The registration's type knows no particular contract; `route` has checked that the handler fits this one.
  const input = { ...parsed, ctx, request, reply } as Parameters<RouteRegistration['handle']>[0];
  const { status, body, headers } = await registration.handle(input);
  // What a credential was shown is no other's to see, and soon out of date.
  reply.header('cache-control', 'no-store');
  if (headers !== undefined) reply.headers(headers);
  const schema = contract.responses[status];
  if (schema === undefined) throw new Error(`${contract.operation} does not declare the answer ${status}`);
  reply.code(status);
  if (schema === null) return reply.send();
  if (typeof contract.media === 'string') reply.type(`${contract.media}; charset=utf-8`);
  if (contract.media !== undefined) return reply.send(body);
  if (body instanceof JsonText) return sendJsonText(body, request, reply);
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(schema.parse(body)));
}

class AnyContext implements PublicContext {
  readonly requestId: string;
  readonly #request: FastifyRequest;
  readonly #operation: string;
  #log: PublicContext['log'] | undefined;

  constructor(request: FastifyRequest, operation: string) {
    this.requestId = request.id;
    this.#request = request;
    this.#operation = operation;
  }

  /** Made when somebody logs, which most requests do not. */
  get log(): PublicContext['log'] {
    const { log, credential } = this.#request;
    this.#log ??= log.child({
      operation: this.#operation,
      tenantId: credential?.tenantId,
    }) as PublicContext['log'];
    return this.#log;
  }
}

class CallerContext extends AnyContext implements RequestContext {
  readonly tenantId: RequestContext['tenantId'];
  readonly actor: RequestContext['actor'];
  readonly permissions: RequestContext['permissions'];
  readonly credential: Credential;

  constructor(request: FastifyRequest, operation: string, credential: Credential) {
    super(request, operation);
    this.tenantId = credential.tenantId;
    this.actor = credential.actor;
    this.permissions = credential.permissions;
    this.credential = credential;
  }
}

function makeContext(request: FastifyRequest, operation: string): PublicContext | RequestContext {
  const { credential } = request;
  return credential === null
    ? new AnyContext(request, operation)
    : new CallerContext(request, operation, credential);
}
