/** A contract joined with its handler: what modules register. */
import type { Readable } from 'node:stream';
import type { RouteContract } from '@tradepost/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { PublicContext, RequestContext } from './context.ts';
import type { JsonText } from './json-text.ts';

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

type Body<S> = S extends z.ZodType ? { body: z.input<S> | JsonText<z.output<S>> } : { body?: undefined };

/** Named so that `status: 200` in a handler is inferred as that literal. */
type SuccessStatus = 200 | 201 | 202 | 204;

/** One of the contract's declared answers. */
type Answer<R extends RouteContract> = {
  [S in keyof R['responses'] & number]: {
    status: S & SuccessStatus;
    headers?: Record<string, string>;
  } & (R extends { media: string | readonly string[] } ? { body: Readable } : Body<R['responses'][S]>);
}[keyof R['responses'] & number];

interface HandlerInput<R extends RouteContract> {
  params: Parsed<R['params']>;
  query: Parsed<R['query']>;
  body: Parsed<R['body']>;
  ctx: R['access'] extends 'public' ? PublicContext : RequestContext;
  /** `request.body` is the JSON as it was sent; `body` is the validated one. */
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Expected failures are thrown as HttpProblem, with a code that the contract declares. */
type Handler<R extends RouteContract> = (input: HandlerInput<R>) => Promise<Answer<R>>;

export interface RouteRegistration {
  contract: RouteContract;
  /** Whole paths beside the canonical one, such as `/ws-stats`. */
  aliases: readonly string[];
  handle(input: HandlerInput<RouteContract>): Promise<{
    status: number;
    body?: unknown;
    headers?: Record<string, string>;
  }>;
}

export function route<const R extends RouteContract>(
  contract: R,
  handle: Handler<R>,
  options: { aliases?: readonly string[] } = {},
): RouteRegistration {
  return {
    contract,
    aliases: options.aliases ?? [],
    // The registration parses every part by this very contract before it calls.
    handle: handle as unknown as RouteRegistration['handle'],
  };
}
