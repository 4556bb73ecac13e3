/** This machine: program, folder, secret, port, Redis. */
import { constants } from 'node:fs';
import { access, readFile, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import type { Config } from '#platform/config';
import { checker, type Finding } from './finding.ts';

const mb = 1_000_000;
/** PostgreSQL keeps up to 1 GB of its log between checkpoints. */
const scarceDiskMb = 2000;
const fullDiskMb = 200;
const oldestRedis = 6;
const answerTimeoutMs = 3000;
const consolePage = fileURLToPath(new URL('../../../../console/dist/index.html', import.meta.url));

export function checkNode(): Finding {
  const { ok, fail } = checker('node');
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 24
    ? ok(`Node ${process.version}`)
    : fail(
        `Node ${process.version} runs this; it needs 24 or newer.`,
        'Use `npx tradepost`, which brings its own.',
      );
}

export async function checkConsole(): Promise<Finding> {
  const { ok, warn } = checker('console');
  return (await exists(consolePage))
    ? ok('The console is built.')
    : warn(
        'The console is not built; the server would show none.',
        'Run `npm start`, which builds it, or `npm run build:console`.',
      );
}

export async function checkDataDir({ dataDir }: Config): Promise<Finding> {
  const { ok, fail } = checker('folder');
  const found = await stat(dataDir).catch(() => null);
  const dir = found === null ? await nearestFolder(dataDir) : dataDir;
  const mine = await access(dir, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  const fix = 'Give it to the user that runs Tradepost (chown), or set another DATA_DIR.';
  if (found !== null && !found.isDirectory())
    return fail(`${dataDir} is no folder.`, 'Set another DATA_DIR.');
  if (!mine) return fail(`${dir} cannot be written by this user.`, fix);
  return ok(found === null ? `${dataDir} will be made by the first start.` : `${dataDir} can be written.`);
}

export async function checkDisk({ dataDir }: Config): Promise<Finding> {
  const { bavail, bsize } = await statfs(await nearestFolder(dataDir));
  return judgeDisk(dataDir, bavail * bsize);
}

export function judgeDisk(dataDir: string, freeBytes: number): Finding {
  const { ok, warn, fail } = checker('disk');
  const free = `${dataDir} has ${Math.floor(freeBytes / mb)} MB free`;
  const fix = 'Free some space, or move DATA_DIR to a larger disk.';
  if (freeBytes < fullDiskMb * mb) return fail(`${free}; writing is about to be refused.`, fix);
  if (freeBytes < scarceDiskMb * mb) return warn(`${free}.`, fix);
  return ok(`${free}.`);
}

/** @param isNeeded something in the database was made with it */
export async function checkSecret(config: Config, isNeeded: boolean): Promise<Finding> {
  const { ok, warn, fail } = checker('secret');
  if (config.secret !== null) return ok('SECRET is set.');
  const path = join(config.dataDir, 'secret');
  const restore =
    `Restore ${path} from a backup, or set SECRET to what it was. With another one everybody signs in again and the ` +
    'marketplace passwords must be entered again.';
  try {
    const [text, { mode }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    if (text.trim().length < 32) return fail(`${path} is damaged.`, restore);
    if ((mode & 0o077) !== 0)
      return warn(`${path} can be read by others on this machine.`, `chmod 600 ${path}`);
    return ok(`${path} holds it.`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT')
      return fail(`${path} cannot be read (${message}).`, 'Run this as the user that runs the server.');
    return isNeeded
      ? fail(`${path} is missing, and the database holds what was sealed or signed with it.`, restore)
      : ok('The next start makes it.');
  }
}

/** @param holder process id of whoever runs on DATA_DIR; null when nobody does */
export async function checkPort(config: Config, holder: number | null): Promise<Finding> {
  const { ok, warn, fail } = checker('port');
  const { host, port } = config;
  if (port === 0) return ok('PORT=0 takes a free one at each start.');
  if (holder !== null && (await isServing(host, port)))
    return ok(`Tradepost serves at ${host}:${port} (process ${holder}).`);
  const refusal = await tryToListen(host, port);
  if (refusal === 'EADDRINUSE')
    return fail(
      `Port ${port} on ${host} is taken by another program.`,
      'End that program, or set PORT to a free one.',
    );
  if (refusal === 'EACCES')
    return fail(`Port ${port} may not be used by this user.`, 'Set PORT to one above 1023.');
  if (refusal === 'EADDRNOTAVAIL' || refusal === 'ENOTFOUND')
    return fail(
      `HOST=${JSON.stringify(host)} is no address of this machine.`,
      'Set HOST to one, or to 0.0.0.0 for all.',
    );
  if (refusal !== null)
    return fail(`Port ${port} on ${host} cannot be used (${refusal}).`, 'Set HOST and PORT to others.');
  if (holder !== null)
    return warn(
      `Process ${holder} runs on DATA_DIR, but nothing serves at ${host}:${port}.`,
      'If that is the server, give this command the same HOST and PORT.',
    );
  return ok(`${host}:${port} is free.`);
}

export async function checkRedis(url: string | null): Promise<Finding> {
  const { ok, warn, fail } = checker('redis');
  if (url === null) return ok('REDIS_URL is not set; one process needs none.');
  const { host } = new URL(url);
  const fix = 'Start Redis, or mend REDIS_URL. Until then the server is slower, not wrong.';
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: answerTimeoutMs,
    commandTimeout: answerTimeoutMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  let reason = 'it does not answer';
  client.on('error', (error) => {
    reason = error.message;
  });
  try {
    await client.connect();
    const version = /^redis_version:(\S+)/m.exec(await client.info('server'))?.[1] ?? 'of unknown version';
    return Number.parseInt(version, 10) >= oldestRedis
      ? ok(`Redis ${version} answers at ${host}.`)
      : warn(
          `Redis ${version} answers at ${host}; ${oldestRedis} is the oldest supported.`,
          'Install a newer one.',
        );
  } catch (error) {
    if (reason === 'it does not answer' && error instanceof Error) reason = error.message;
    return fail(`Redis at ${host} cannot be used: ${reason}.`, fix);
  } finally {
    client.disconnect();
  }
}

async function isServing(host: string, port: number): Promise<boolean> {
  const address =
    { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
  const signal = AbortSignal.timeout(answerTimeoutMs);
  const answer = await fetch(`http://${address}:${port}/health/live`, { signal }).catch(() => null);
  return answer?.ok === true;
}

/** The error code; null when it works. */
function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

/** The folder itself, or the first above it that exists. */
async function nearestFolder(path: string): Promise<string> {
  return (await exists(path)) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
