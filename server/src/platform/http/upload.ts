/** Routes whose body is a file: it is not read into memory but handed to the handler as it comes. */
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { BusboyHeaders } from '@fastify/busboy';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { handleClientError, handleError } from './errors.ts';
import { problem } from './problem.ts';

/**
 * How long the body of an upload may take. Node has one such time for all requests, so the shorter one of the others is
 * kept by `limitBodies`. An upload that stands still is given up by whoever receives it.
 */
export const uploadTimeoutMs = 30 * 60_000;

/** Content types without a body of ours to parse: the handler reads `request.raw`. */
export function passBodies(scope: FastifyInstance, contentTypes: readonly string[]): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser([...contentTypes], (_request, _payload, done) => done(null, undefined));
  scope.setErrorHandler(async (error, request, reply) => {
    // What still comes would be taken for the next request.
    reply.header('connection', 'close');
    await linger(request.raw);
    const refusedType = (error as { code?: string }).code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE';
    return handleError(
      refusedType
        ? problem('UNSUPPORTED_MEDIA_TYPE', `The body must be one of ${contentTypes.join(', ')}.`)
        : error,
      request,
      reply,
    );
  });
}

/** For so long, and so much, is read on of a body that is refused: a caller that still sends would hear of a broken connection. */
const lingerMs = 2000;
const lingerBytes = 64 * 1_048_576;

function linger(raw: IncomingMessage): Promise<void> {
  if (raw.complete || raw.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, lingerMs);
    let left = lingerBytes;
    raw.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) resolve();
    });
    for (const end of ['end', 'close', 'error']) raw.once(end, resolve);
    raw.once('close', () => clearTimeout(timer));
    raw.resume();
  });
}

/** Ends requests, except uploads, whose body has not arrived within the time. */
export function limitBodies(app: FastifyInstance, timeoutMs: number): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (hasBody(request) && request.routeOptions.config.upload !== true) {
      const { raw } = request;
      const timer = setTimeout(() => endLate(raw.socket), timeoutMs);
      raw.once('close', () => clearTimeout(timer));
    }
    done();
  });
}

function hasBody({ headers }: FastifyRequest): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function endLate(socket: Socket): void {
  handleClientError(
    Object.assign(new Error('request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }),
    socket,
  );
}

/** A file as it arrived. */
export interface ReceivedFile {
  /** As the form names it; null where the body is the file. */
  fileName: string | null;
  bytes: number;
  sha256: string;
}

/**
 * Writes the uploaded file to `path`, which must not exist yet, as it arrives: the body itself, or the one file of a form.
 * Whatever fails, nothing is left at `path`.
 *
 * @throws HttpProblem PAYLOAD_TOO_LARGE, BAD_REQUEST for a form that is none or has no file, REQUEST_TIMEOUT when nothing
 * comes for `stallMs`
 */
export async function receiveFile(
  request: FastifyRequest,
  path: string,
  { maxBytes, stallMs = 15_000 }: { maxBytes: number; stallMs?: number },
): Promise<ReceivedFile> {
  const { raw } = request;
  const tooLarge = () => problem('PAYLOAD_TOO_LARGE', `The file may have at most ${maxBytes} bytes.`);
  // A form has a little more than its file.
  if (Number(request.headers['content-length'] ?? 0) > maxBytes + 65_536) throw tooLarge();
  const inTime = <T>(step: Promise<T>): Promise<T> => {
    const late = Promise.withResolvers<never>();
    const refuse = () => late.reject(problem('REQUEST_TIMEOUT', `Nothing came for ${stallMs / 1000} s.`));
    const timer = setTimeout(refuse, stallMs);
    return Promise.race([step, late.promise]).finally(() => clearTimeout(timer));
  };
  const hash = createHash('sha256');
  let bytes = 0;
  const written = await open(path, 'wx', 0o600);
  try {
    const isForm = request.headers['content-type']?.startsWith('multipart/form-data') === true;
    const form = isForm ? await inTime(findFile(raw)) : null;
    const file: Readable = form?.file ?? raw;
    // Refused halfway, the request stays whole, or nobody could be told.
    const chunks = file.iterator({ destroyOnReturn: false });
    for (;;) {
      const { done, value } = (await inTime(chunks.next())) as IteratorResult<Buffer, undefined>;
      if (done) break;
      bytes += value.length;
      if (bytes > maxBytes) throw tooLarge();
      hash.update(value);
      await written.writeFile(value);
    }
    await written.sync();
    await written.close();
    return { fileName: form?.fileName ?? null, bytes, sha256: hash.digest('hex') };
  } catch (error) {
    raw.unpipe();
    raw.resume();
    await written.close();
    await rm(path, { force: true });
    throw error;
  }
}

/** The first file of a form; other fields are passed over. */
async function findFile(raw: IncomingMessage): Promise<{ file: Readable; fileName: string | null }> {
  const { Busboy } = await import('@fastify/busboy');
  return new Promise((resolve, reject) => {
    const refuse = (detail: string) => reject(problem('BAD_REQUEST', detail));
    try {
      const form = new Busboy({
        headers: raw.headers as BusboyHeaders,
        limits: { files: 1, fields: 20, fieldSize: 1000, parts: 25, headerPairs: 50 },
      });
      form.on('file', (_field, file, fileName) => {
        // Said once and not kept: whoever reads it later would wait for ever.
        const cut = () => file.destroy(problem('BAD_REQUEST', 'The form ends in the middle of its file.'));
        file.on('error', cut);
        resolve({ file, fileName: fileName || null });
      });
      form.on('finish', () => refuse('The form holds no file.'));
      form.on('error', () => refuse('The form cannot be read.'));
      raw.on('error', reject);
      raw.pipe(form);
    } catch {
      refuse('The form cannot be read: its Content-Type names no boundary.');
    }
  });
}
