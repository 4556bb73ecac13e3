import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, pinnedNode, rootDir, toolEnv } from './environment.mjs';
import { runWithProgress } from './run.mjs';

/** What the console's build is made of: the packages, itself, and the workspaces it imports. */
const SOURCES = ['package-lock.json', 'console', 'contracts', 'client'];
const NOT_SOURCES = new Set(['node_modules', 'dist']);

/**
 * Builds the console when the content of its sources is not that of its last whole build. Times of files would not do:
 * a checkout changes them, and an edit taken back leaves them new.
 */
export async function ensureConsoleBuilt(dir = rootDir) {
  const consoleDir = join(dir, 'console');
  if (!existsSync(join(consoleDir, 'index.html'))) return;
  const stampPath = join(consoleDir, 'dist', '.stamp');
  const stamp = hashSources(dir);
  if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return;

  const vite = join(dir, 'node_modules', 'vite', 'bin', 'vite.js');
  // Vite empties dist first, the stamp with it.
  const { code, output } = await runWithProgress('Building the console', pinnedNode, [vite, 'build'], {
    cwd: consoleDir,
    env: toolEnv({ NODE_ENV: 'production' }),
    expendable: true,
  });
  if (code !== 0) fail(`The console could not be built (exit code ${code}):\n${output.trim()}`);
  writeFileSync(stampPath, stamp);
}

export function hashSources(dir) {
  const hash = createHash('sha256');
  for (const source of SOURCES) hashTree(hash, dir, source);
  return hash.digest('hex');
}

function hashTree(hash, dir, path) {
  const absolute = join(dir, path);
  let entries;
  try {
    entries = readdirSync(absolute, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOTDIR') hash.update(`${path}\0`).update(readFileSync(absolute)).update('\0');
    else if (error.code !== 'ENOENT') throw error;
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (!NOT_SOURCES.has(entry.name)) hashTree(hash, dir, `${path}/${entry.name}`);
  }
}
