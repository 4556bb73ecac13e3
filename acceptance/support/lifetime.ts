/** What a test file starts ends with it: programs, folders, sockets, in reverse order. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const endings: (() => Promise<unknown>)[] = [];

afterAll(async () => {
  const failures: unknown[] = [];
  for (const end of endings.splice(0).reverse()) await end().catch((error) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, 'What the tests had started did not end well');
});

/** Runs `end` after the file's last test, before everything that was registered earlier. */
export function atEnd(end: () => Promise<unknown>): void {
  endings.push(end);
}

/** A new folder that goes at the end. Its path is short: a unix socket lies in it. */
export async function makeTempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'tpa-'));
  atEnd(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}
