/** Files of ours on a full disk. `/dev/full` answers each write as one does. */
import { mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadOrMakeSecret } from '#platform/config';
import { replaceFile } from '#platform/files';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tradepost-files-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test('a file is replaced whole; when there is no space the old one stays, and nothing beside it', async () => {
  const path = join(dir, 'demo.json');
  await replaceFile(path, 'old');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await symlink('/dev/full', `${path}.new`);
  await expect(replaceFile(path, 'new')).rejects.toThrow('ENOSPC');
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(dir)).toEqual(['demo.json']);
  await replaceFile(path, 'new');
  expect(await readFile(path, 'utf8')).toBe('new');
});

test('a secret that could not be written is made by the next start', async () => {
  await symlink('/dev/full', join(dir, 'secret.new'));
  await expect(loadOrMakeSecret(dir)).rejects.toThrow('ENOSPC');
  const secret = await loadOrMakeSecret(dir);
  expect(secret.length).toBeGreaterThanOrEqual(32);
  expect(await loadOrMakeSecret(dir)).toBe(secret);
});
