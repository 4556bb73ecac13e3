/** A session of the command line that keeps what it would print. */
import { loadConfig } from '#platform/config';
import type { Database } from '#platform/db';
import type { Session } from '../../src/cli/session.ts';

export function keepPrinted(
  db: Database,
  url: string,
  signal: AbortSignal = new AbortController().signal,
): { session: Session; printed: string[] } {
  const printed: string[] = [];
  return {
    printed,
    session: {
      json: false,
      signal,
      config: loadConfig({}, '/'),
      print: (line) => printed.push(line),
      show: (value, render) => printed.push(render(value)),
      note: () => {},
      style: (_format, text) => text,
      openDatabase: async () => ({ db, url }),
    },
  };
}
