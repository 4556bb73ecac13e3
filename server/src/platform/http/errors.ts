/** Everything that fails, rendered: problem details for Fastify's, Node's, the database's and our own errors. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { newId } from '../crypto/index.ts';
import {
  CommitUnknownError,
  DatabaseUnavailableError,
  isStorageFull,
  StorageFullError,
  sqlState,
} from '../db/index.ts';
import { HttpProblem, problem, problemBody } from './problem.ts';

function sendProblem(failure: HttpProblem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { retryAfterSeconds, allow } = failure.extras;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  if (allow !== undefined) reply.header('allow', allow);
  if (failure.status === 401) reply.header('www-authenticate', 'Bearer');
  const body = problemBody(failure, request.id, request.originalUrl.split('?', 1)[0]);
  return (
    reply
      .code(failure.status)
      // No hook has run for an address that cannot be read.
      .header('x-request-id', request.id)
      .header('cache-control', 'no-store')
      .type('application/problem+json')
      .send(JSON.stringify(body))
  );
}

export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = toProblem(error);
  if (failure.status >= 500) request.log.error({ err: error, code: failure.code }, 'request failed');
  return sendProblem(failure, request, reply);
}

function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof CommitUnknownError) {
    return problem(
      'DATABASE_UNAVAILABLE',
      'The connection broke while the change was committed. Repeat with the same Idempotency-Key: it is done once.',
      { retryAfterSeconds: 1 },
    );
  }
  if (error instanceof StorageFullError || isStorageFull(error)) {
    return problem('STORAGE_FULL', 'There is no space left for the change.', { retryAfterSeconds: 10 });
  }
  if (error instanceof DatabaseUnavailableError) {
    return problem('DATABASE_UNAVAILABLE', 'The database cannot be reached at the moment.', {
      retryAfterSeconds: 1,
    });
  }
  const state = sqlState(error);
  // Lock or statement timeout: too many want the same rows.
  if (state === '55P03' || state === '57014') {
    return problem('OVERLOADED', 'The work took too long to get its turn.', { retryAfterSeconds: 1 });
  }
  return (
    fromFastify(error as FastifyError) ?? problem('INTERNAL_ERROR', 'The request could not be completed.')
  );
}

function fromFastify(error: FastifyError): HttpProblem | null {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problem('PAYLOAD_TOO_LARGE', 'The body may have at most 1048576 bytes.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return problem('UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return problem('BAD_REQUEST', 'Content-Length does not match the body.');
    case 'FST_ERR_BAD_URL':
      return problem('BAD_REQUEST', 'The address is not well encoded.');
    default:
      return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500
        ? problem('BAD_REQUEST', 'The request cannot be read.')
        : null;
  }
}

/** Node could not make a request of what arrived, so there is no reply to use: the answer is written by hand. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const failure =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? problem('REQUEST_TIMEOUT', 'The request did not arrive in time.')
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? problem('HEADERS_TOO_LARGE', 'Address and headers may have at most 16384 bytes together.')
        : problem('BAD_REQUEST', 'This is not an HTTP request that can be read.');
  socket.end(rawProblem(failure));
}

/** A whole HTTP/1.1 answer, for sockets that have no reply. */
export function rawProblem(failure: HttpProblem): string {
  const requestId = newId();
  const body = JSON.stringify(problemBody(failure, requestId));
  const { retryAfterSeconds } = failure.extras;
  return [
    `HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    `X-Request-Id: ${requestId}`,
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
    ...(failure.status === 401 ? ['WWW-Authenticate: Bearer'] : []),
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
