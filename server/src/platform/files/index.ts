/** Small files of our own in DATA_DIR, each there as a whole or not at all. */
import { rename, rm, writeFile } from 'node:fs/promises';

/**
 * Puts `text` at `path`, readable by its owner only. A reader, a crash and a full disk find the old file or the new one,
 * never half of it. One writer at a time: the caller holds the lock on DATA_DIR.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  try {
    await writeFile(beside, text, { mode: 0o600, flush: true });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
