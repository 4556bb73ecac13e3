import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, pinnedNode, readJson, rootDir, systemPath } from './environment.mjs';
import { runWithProgress } from './run.mjs';

/**
 * Makes node_modules agree with package-lock.json. The usual case, all is as we left it, is one hash: our stamp
 * holds the lock file that was installed, and on which platform. It is removed before an install and written after it, so
 * half an install has none.
 */
export async function ensureInstalled(dir = rootDir) {
  const stampPath = join(dir, 'node_modules', '.tradepost-lock');
  const platform = `${process.platform}-${process.arch}`;
  const stamp = `${hashFile(join(dir, 'package-lock.json'))} ${platform}`;
  const installed = readOrNull(stampPath);
  if (installed === stamp) return;

  // Somebody ran npm by hand: what npm wrote down of it (after a whole install only) tells whether that was enough.
  if (agreesWithLock(dir) && pinnedNodeProblem(dir) === null) {
    writeFileSync(stampPath, stamp);
    return;
  }

  // A package cut off in the middle looks whole to npm, so half an install, or one for another platform, is not mended.
  const hiddenPath = join(dir, 'node_modules', '.package-lock.json');
  const isMendable = readOrNull(hiddenPath) !== null && (installed === null || installed.endsWith(platform));
  rmSync(stampPath, { force: true });
  rmSync(hiddenPath, { force: true });
  if (!isMendable) {
    for (const workspace of ['.', ...readJson(join(dir, 'package.json')).workspaces]) {
      rmSync(join(dir, workspace, 'node_modules'), { recursive: true, force: true });
    }
  }

  // Not `npm ci`: it refuses a lock file that lacks packages for other platforms, as one does that was written where
  // the registry has no copy of them. The versions are the lock file's here too, and it is left as it is.
  // Even with NODE_ENV=production: the pinned Node and the console's builder are development dependencies.
  const args = ['install', '--no-save', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  const { code, output } = await runWithProgress(
    'Installing packages',
    'npm',
    [...args, '--loglevel=error'],
    {
      cwd: dir,
      env: { ...process.env, PATH: systemPath() },
      detail: () => `${countPackages(dir)} in place, `,
      expendable: true,
    },
  );
  if (code !== 0) {
    fail(
      `npm install failed (exit code ${code}):\n${output.trim().split('\n').slice(0, 25).join('\n')}\n\n` +
        (code === 127
          ? 'npm must be in PATH; it comes with Node.js.'
          : 'Check the connection to your package registry and the free disk space, then start again.'),
    );
  }
  const problem = pinnedNodeProblem(dir);
  if (problem !== null) fail(problem);
  writeFileSync(stampPath, stamp);
}

/** Whether every package of the lock file is installed in its version, according to npm's own record. */
export function agreesWithLock(dir) {
  const hidden = readOrNull(join(dir, 'node_modules', '.package-lock.json'));
  if (hidden === null) return false;
  const installed = JSON.parse(hidden).packages;
  const wanted = readJson(join(dir, 'package-lock.json')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** Why the pinned Node cannot be used, with what to do; null when it can. */
function pinnedNodeProblem(dir) {
  const wanted = `v${readJson(join(dir, 'package.json')).devDependencies.node}`;
  const program = dir === rootDir ? pinnedNode : join(dir, 'node_modules', '.bin', 'node');
  let found;
  try {
    found = execFileSync(program, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  } catch (error) {
    found = `not there (${String(error.message).split('\n')[0]})`;
  }
  if (found === wanted) return null;
  return (
    `The packages are installed, but Node ${wanted} is ${found}.\n` +
    'It comes with the package "node", whose install script fetches it. If npm is told to skip install scripts ' +
    '(npm config get ignore-scripts), run: npm rebuild --ignore-scripts=false'
  );
}

function countPackages(dir) {
  const list = (path) => {
    try {
      return readdirSync(path).filter((name) => !name.startsWith('.'));
    } catch {
      return [];
    }
  };
  const modulesDir = join(dir, 'node_modules');
  return list(modulesDir).reduce(
    (count, name) => count + (name.startsWith('@') ? list(join(modulesDir, name)).length : 1),
    0,
  );
}

function hashFile(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function readOrNull(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
