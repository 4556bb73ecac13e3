/** Reading JSON bodies: what PostgreSQL could not store, or a prototype could be made of, does not come in. */
import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { problem } from './problem.ts';

export const maxBodyBytes = 1_048_576;

/** U+0000 as JSON writes it, not preceded by an odd backslash. No text column can hold it. */
const nulEscape = /(?<!\\)(?:\\\\)*\\u0000/;
const surrogateEscape = /\\ud[89a-f][0-9a-f]{2}/i;

const malformed = problem('MALFORMED_JSON', 'The body cannot be parsed as JSON.');
/** What Fastify's parser refuses beyond broken JSON. */
const reservedName = problem(
  'BAD_REQUEST',
  'The body holds a reserved name: __proto__ or constructor.prototype.',
);

export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, raw, done) => {
    const bytes = raw as Buffer;
    // Clients label calls without a body too.
    if (bytes.length === 0) return done(null, undefined);
    if (!isUtf8(bytes)) return done(problem('MALFORMED_JSON', 'The body is not UTF-8.'));
    const text = bytes.toString('utf8');
    if (nulEscape.test(text) || text.includes('\0')) {
      return done(problem('BAD_REQUEST', 'The body holds the character U+0000, which no text may.'));
    }
    parse(request, text, (error, body) => {
      if (error) return done(isJson(text) ? reservedName : malformed);
      // JSON.stringify escapes a surrogate only when its other half is missing.
      if (surrogateEscape.test(text) && surrogateEscape.test(JSON.stringify(body))) {
        return done(problem('BAD_REQUEST', 'The body holds half a surrogate pair, which is no character.'));
      }
      done(null, body);
    });
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
