/** An answer that is JSON already, such as a cached one: sent as it is, with its ETag. */
import type { FastifyReply, FastifyRequest } from 'fastify';

export class JsonText<T> {
  /** In UTF-8. Made by the contract's own schema, so it is not checked again. */
  readonly json: Buffer;
  /** Strong, quoted. Null: another ETag is told in the answer's headers, by which no caller is answered 304. */
  readonly etag: string | null;
  readonly state: 'hit' | 'miss' | 'stale';
  readonly ageSeconds: number;
  /** What it says. */
  readonly read: () => T;

  constructor(answer: Pick<JsonText<T>, 'json' | 'etag' | 'state' | 'ageSeconds' | 'read'>) {
    this.json = answer.json;
    this.etag = answer.etag;
    this.state = answer.state;
    this.ageSeconds = answer.ageSeconds;
    this.read = answer.read;
  }
}

/** Sends it, or 304 to a caller that has it. */
export function sendJsonText(
  { json, etag, state, ageSeconds }: JsonText<unknown>,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  reply.header('x-cache', state);
  if (state !== 'miss') reply.header('age', ageSeconds);
  if (etag !== null) reply.header('etag', etag);
  if (etag !== null && hasEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.type('application/json; charset=utf-8').send(json);
}

/** Source: RFC 9110, 13.1.2; compared weakly, as If-None-Match asks. */
function hasEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((part) => part.trim().replace(/^W\//, '') === etag || part.trim() === '*');
}
