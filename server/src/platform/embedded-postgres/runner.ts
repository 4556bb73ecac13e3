import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process';
import { chmod, lchown, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** As whom the binaries run: PostgreSQL refuses root. */
export interface Runner {
  /** For the log: `this user`, `an unprivileged user namespace`, `user postgres`. */
  description: string;
  /** Owner that files made for PostgreSQL need; null when it is ourselves. */
  owner: { uid: number; gid: number } | null;
  spawn(program: string, args: string[], options: SpawnOptions): ChildProcess;
}

export interface SpawnOptions {
  stdio: StdioOptions;
  /** In a session of its own, out of reach of the terminal's signals. */
  detached?: boolean;
}

/** Nothing of our own environment (secrets, PGDATA, PGOPTIONS, locale) may reach the database. */
const childEnv = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

function makeRunner(description: string, owner: Runner['owner'], prefix: string[] = []): Runner {
  return {
    description,
    owner,
    spawn(program, args, options) {
      const [file = program, ...rest] = [...prefix, program, ...args];
      return spawn(file, rest, { ...options, ...owner, cwd: '/', env: childEnv });
    },
  };
}

/**
 * Finds a way to run the binaries over `clusterDir` in `dataDir`. Everyone but root runs them as themselves. Root uses
 * a user namespace, in which root's own files belong to an unprivileged user: nothing is created, chowned or copied.
 * Where namespaces are forbidden (Docker's default profile) it becomes another user, who must be able to reach
 * the folders; DATA_DIR is then opened for passing through (0711), nothing more.
 * Throws, naming what to change, when no way works.
 */
export async function chooseRunner(dirs: {
  binDir: string;
  dataDir: string;
  clusterDir: string;
}): Promise<Runner> {
  if (process.getuid?.() !== 0) return makeRunner('this user', null);

  const clusterOwner = await stat(dirs.clusterDir).catch(() => null);
  const dataDirOwner = await stat(dirs.dataDir);
  const refusals: string[] = [];
  const works = async (runner: Runner) => {
    const refusal = await probe(runner, dirs);
    if (refusal !== null) refusals.push(`${runner.description}: ${refusal}`);
    return refusal === null;
  };

  if (!clusterOwner || clusterOwner.uid === 0) {
    // Any named user will do inside: initdb looks its own name up, so a bare number is not enough.
    const inside = await lookUp('nobody');
    if (inside) {
      const args = ['unshare', '--user', `--map-user=${inside.uid}`, '--'];
      const runner = makeRunner('an unprivileged user namespace', null, args);
      if (await works(runner)) return runner;
    }
  }

  const users: Runner[] = [];
  for (const folder of [clusterOwner, dataDirOwner]) {
    if (folder && folder.uid !== 0)
      users.push(makeRunner(`user ${folder.uid}`, { uid: folder.uid, gid: folder.gid }));
  }
  for (const name of ['postgres', 'nobody']) {
    const user = await lookUp(name);
    if (user) users.push(makeRunner(`user ${name}`, user));
  }
  if (dataDirOwner.uid === 0) await chmod(dirs.dataDir, dataDirOwner.mode | 0o111);
  for (const runner of users) {
    if (!(await works(runner))) continue;
    if (clusterOwner && runner.owner && clusterOwner.uid !== runner.owner.uid) {
      await chownTree(dirs.clusterDir, runner.owner);
    }
    return runner;
  }
  throw new Error(
    `PostgreSQL does not run as root, and no other way works here over ${dirs.dataDir} (${refusals.join('; ')}). ` +
      'Start Tradepost as an ordinary user, or put it and DATA_DIR where such a user can reach them, ' +
      'or set DATABASE_URL to a PostgreSQL 15 or newer.',
  );
}

/** Why this runner cannot be used, or null when it can: it has a name, reaches the folder and runs the program. */
function probe(runner: Runner, dirs: { binDir: string; dataDir: string }): Promise<string | null> {
  const script = 'id -un >/dev/null && cd "$1" && "$2" --version >/dev/null';
  const child = runner.spawn('sh', ['-c', script, 'sh', dirs.dataDir, join(dirs.binDir, 'postgres')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return new Promise((resolve) => {
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => resolve(code === 0 ? null : stderr.trim() || `exit code ${code}`));
  });
}

async function lookUp(name: string): Promise<{ uid: number; gid: number } | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

async function chownTree(path: string, owner: { uid: number; gid: number }): Promise<void> {
  await lchown(path, owner.uid, owner.gid);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) await chownTree(child, owner);
    else await lchown(child, owner.uid, owner.gid);
  }
}
