/** Uploaded files, in DATA_DIR until their import is deleted. Servers that share a database share this folder too. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyRequest } from 'fastify';
import { type ReceivedFile, receiveFile } from '#platform/http';

export interface ImportFiles {
  pathOf(importId: string): string;
  exists(importId: string): Promise<boolean>;
  /** @throws HttpProblem as `receiveFile` does */
  receive(request: FastifyRequest, importId: string): Promise<ReceivedFile>;
  remove(importId: string): Promise<void>;
  /** Ids of the files that were written before an instant. */
  listOlderThan(instant: Date): Promise<string[]>;
}

export function createImportFiles({ dataDir, maxBytes }: { dataDir: string; maxBytes: number }): ImportFiles {
  const dir = join(dataDir, 'imports');
  const pathOf = (importId: string) => join(dir, importId);
  const modifiedAt = (id: string) =>
    stat(pathOf(id)).then(
      ({ mtime }) => mtime,
      () => null,
    );
  return {
    pathOf,
    exists: async (id) => (await modifiedAt(id)) !== null,
    async receive(request, id) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      return receiveFile(request, pathOf(id), { maxBytes });
    },
    remove: (id) => rm(pathOf(id), { force: true }),
    async listOlderThan(instant) {
      const names = await readdir(dir).catch(() => []);
      const times = await Promise.all(names.map(modifiedAt));
      return names.filter((_, i) => times[i] != null && times[i] < instant);
    },
  };
}
