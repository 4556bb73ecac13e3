/** What a command works with: the settings, the database, and where its words go. */
import { userInfo } from 'node:os';
import { styleText } from 'node:util';
import { InProcessBus } from '#platform/bus';
import { systemClock } from '#platform/clock';
import { type Config, loadConfig } from '#platform/config';
import { type Actor, createDatabase, createPool, type Database } from '#platform/db';
import { maintainEventLog } from '#platform/events';
import { openInstallation } from './installation.ts';

export interface Session {
  /** The caller asked for JSON. */
  readonly json: boolean;
  /** Aborts when the command is asked to end. */
  readonly signal: AbortSignal;
  readonly config: Config;
  /** One line of the answer. */
  print(line: string): void;
  /** The answer: JSON, or what `render` makes of it. */
  show<T>(value: T, render: (value: T) => string): void;
  /** For a person, not part of the answer. */
  note(line: string): void;
  style(format: Parameters<typeof styleText>[0], text: string): string;
  /**
   * The database, its migrations checked. One that nobody serves is served until the command ends.
   *
   * @throws CliError, DatabaseUnusableError, MigrationError
   */
  openDatabase(): Promise<OpenDatabase>;
}

/** The most that EVENT_RETENTION_DAYS may be: dropping old events is the server's, whose setting may be another than ours. */
const longestRetentionDays = 365;

export interface OpenDatabase {
  db: Database;
  url: string;
}

/** Disposing of it closes what the command opened. */
export function openSession(options: { json: boolean; signal: AbortSignal }): Session & AsyncDisposable {
  const { json, signal } = options;
  const parts = new AsyncDisposableStack();
  const note = (line: string) => void process.stderr.write(`${line}\n`);
  let config: Config | undefined;
  const session: Session = {
    json,
    signal,
    get config() {
      config ??= loadConfig(process.env, process.cwd());
      return config;
    },
    print: (line) => void process.stdout.write(`${line}\n`),
    show: (value, render) => session.print(json ? JSON.stringify(value) : render(value)),
    note,
    style: (format, text) => styleText(format, text, { stream: process.stdout }),
    async openDatabase() {
      const url = await openInstallation(session.config, parts, note);
      const pool = createPool({ ...session.config.database, url, poolSize: 1, maxOverflow: 4 });
      const db = createDatabase({
        pool,
        clock: systemClock,
        bus: new InProcessBus(),
        systemActor: cliActor(),
      });
      parts.defer(() => db.close());
      // Where no server runs, today's partition may be missing, and what is written would lie in the default one for good.
      await db.asSystem('maintain event log', (tx) => maintainEventLog(tx, longestRetentionDays));
      return { db, url };
    },
  };
  return Object.defineProperties(session, {
    [Symbol.asyncDispose]: { value: () => parts.disposeAsync() },
  }) as Session & AsyncDisposable;
}

/** Who acts: the person at the keyboard, as the operating system knows them. */
export function cliActor(): Actor {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    // A container may run under a number that has no name.
    return `cli:${process.getuid?.() ?? 'unknown'}`;
  }
}
