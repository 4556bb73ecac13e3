/** Packages of a peer, in a folder of their own: a bench brings what it measures, and nobody who installs us brings it too. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Installs `packages` (name to exact version) below the system's temporary folder, once, without running their scripts.
 *
 * @returns the folder, or why it could not be done: no network, no such version
 */
export async function installPeer(
  name: string,
  packages: Record<string, string>,
): Promise<{ dir: string } | { failed: string }> {
  const dir = join(tmpdir(), `tradepost-bench-peer-${name}`);
  const wanted = JSON.stringify({ private: true, dependencies: packages });
  const marker = join(dir, 'installed.json');
  if ((await readFile(marker, 'utf8').catch(() => '')) === wanted) return { dir };
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'package.json'), wanted);
  try {
    const options = ['--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'];
    await promisify(execFile)('npm', ['install', ...options], { cwd: dir, timeout: 600_000 });
  } catch (error) {
    // Its words name the registry, which is nobody's business; its code says enough.
    const { stderr = '', code } = error as { stderr?: string; code?: number | string };
    return { failed: `npm ended with ${/npm error code (\S+)/.exec(stderr)?.[1] ?? code}` };
  }
  await writeFile(marker, wanted);
  return { dir };
}
