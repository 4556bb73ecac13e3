/** `doctor`: every check, in the order in which one would mend things. */
import { stat } from 'node:fs/promises';
import { ConfigError } from '#platform/config';
import { DataDirInUseError, lockDataDir } from '#platform/embedded-postgres';
import { DatabaseUnusableError } from '../../start/database.ts';
import {
  checkClock,
  checkEventLog,
  checkMigrations,
  checkRoles,
  checkRowSecurity,
  checkVersion,
  needsSecret,
} from '../doctor/database.ts';
import { checker, type Finding } from '../doctor/finding.ts';
import {
  checkConsole,
  checkDataDir,
  checkDisk,
  checkNode,
  checkPort,
  checkRedis,
  checkSecret,
} from '../doctor/host.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { hasEmbeddedCluster, openServer, withClient } from '../installation.ts';
import type { Session } from '../session.ts';
import { columns } from '../text.ts';

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

export async function examine(session: Session): Promise<number> {
  const findings: Finding[] = [];
  const found = (...more: Finding[]) => void findings.push(...more);
  found(checkNode(), await checkConsole());
  const settings = readSettings(session);
  found(settings.finding);
  if (settings.config !== null) {
    const { config } = settings;
    found(await checkDataDir(config));
    const database = await checkDatabase(session);
    found(await checkDisk(config), await checkSecret(config, database.usesSecret));
    found(await checkPort(config, await findHolder(config.dataDir)), await checkRedis(config.redisUrl));
    found(...database.findings);
  }
  const faults = findings.filter((f) => f.status === 'fail').length;
  session.show({ healthy: faults === 0, findings }, () => describe(session, findings));
  return faults === 0 ? exitCodes.done.code : exitCodes.failed.code;
}

function readSettings(session: Session) {
  const { ok, fail } = checker('settings');
  try {
    const { config } = session;
    return { config, finding: ok('All are as they may be.') };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      config: null,
      finding: fail(error.problems.join(' '), 'docs/reference/configuration.md; the other checks need them.'),
    };
  }
}

/** Process id of whoever runs on DATA_DIR; null when nobody does, or when there is no such folder yet. */
async function findHolder(dataDir: string): Promise<number | null> {
  if ((await stat(dataDir).catch(() => null)) === null) return null;
  try {
    const release = await lockDataDir(dataDir);
    await release();
    return null;
  } catch (error) {
    return error instanceof DataDirInUseError ? (error.pid ?? 0) : null;
  }
}

/** `usesSecret`: unless the database says otherwise, something in it needs the secret that was. */
async function checkDatabase(session: Session): Promise<{ findings: Finding[]; usesSecret: boolean }> {
  const { config } = session;
  const { ok, fail } = checker('database');
  const embedded = config.database.url === null;
  if (embedded && !(await hasEmbeddedCluster(config))) {
    return { findings: [ok('The first start makes the embedded one.')], usesSecret: false };
  }
  let usesSecret = true;
  const findings: Finding[] = [];
  try {
    await using parts = new AsyncDisposableStack();
    const url = await openServer(config, parts, session.note);
    await withClient(url, async (client) => {
      findings.push(await checkVersion(client, embedded));
      findings.push(await checkClock(client));
      const { finding, isUsable } = await checkMigrations(client);
      findings.push(finding);
      if (!isUsable) return;
      usesSecret = await needsSecret(client);
      findings.push(await checkRoles(client));
      findings.push(...(await checkRowSecurity(client)));
      findings.push(await checkEventLog(client));
    });
  } catch (error) {
    const isOut = error instanceof DatabaseUnusableError || error instanceof CliError;
    const fix = isOut
      ? 'Start it, or mend DATABASE_URL; postgres.log in DATA_DIR tells of the embedded one.'
      : 'See the message; nothing after it was looked at.';
    findings.push(fail((error as Error).message, fix));
  }
  return { findings, usesSecret };
}

function describe(session: Session, findings: Finding[]): string {
  const names = columns(findings.map((f) => [f.status.padEnd(4), f.check, '']));
  return findings
    .map((f, n) => {
      const [status, rest] = [names[n]!.slice(0, 4), names[n]!.slice(4)];
      const width = Math.max(...names.map((name) => name.length));
      const line = `${session.style(colours[f.status], status)}${rest.padEnd(width - 4)}  ${f.message}`;
      return f.fix === null
        ? line
        : `${line}\n${' '.repeat(width + 2)}${session.style('bold', 'Fix:')} ${f.fix}`;
    })
    .join('\n');
}
