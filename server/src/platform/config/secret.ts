/** The installation's secret. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomToken } from '../crypto/index.ts';
import { replaceFile } from '../files/index.ts';
import { ConfigError } from './load.ts';

/** The secret in `dataDir`/secret (0600), made when there is none. The caller holds the lock on DATA_DIR. */
export async function loadOrMakeSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, 'secret');
  try {
    const secret = (await readFile(path, 'utf8')).trim();
    // A file cut short by whoever copied it must not become a weak secret in silence.
    if (secret.length < 32) throw new ConfigError([`${path} is damaged; restore it, or set SECRET.`]);
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const secret = randomToken(48);
  await replaceFile(path, `${secret}\n`);
  return secret;
}
