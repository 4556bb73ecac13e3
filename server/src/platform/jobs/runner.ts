/**
 * The runner: claims due tasks and runs their handlers.
 *
 * Invariants
 *   * A live worker holds an advisory lock on a session of its own; the lock is free the moment the process dies.
 *   * An attempt ends by exactly one write, which names attempt and worker; an attempt given up ends by none.
 *   * Stopping: nothing new is claimed, running attempts get their time, then are handed back for the next process.
 */
import { hostname } from 'node:os';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Bus } from '../bus/index.ts';
import { newId } from '../crypto/index.ts';
import { type Database, sqlState } from '../db/index.ts';
import { type RunningAttempt, runAttempt } from './attempt.ts';
import { createEndings } from './endings.ts';
import { every } from './every.ts';
import type { TaskHandler, TaskRegistration } from './handler.ts';
import { announceTask } from './ledger.ts';
import {
  type ClaimedTask,
  claimTasks,
  listCancelRequests,
  recoverTasks,
  workerLockClass,
} from './queries.ts';

export interface RunnerOptions {
  db: Database;
  /** For the session that holds the worker's lock. */
  url: string;
  bus: Bus;
  log: Logger;
  tasks: TaskRegistration[];
  /** Attempts at once. */
  concurrency: number;
  /** Waits before the tries after the first, for definitions that name none. */
  retryDelaysMs: readonly number[];
  /** How long stopping waits for running attempts before it aborts them. */
  stopGraceMs?: number;
  /** How long an attempt may go on after its signal aborted; then it is left to itself. Default 10 s. */
  abandonAfterMs?: number;
}

export interface Runner {
  readonly workerId: string;
  /** Attempts under way. */
  readonly running: number;
  stop(): Promise<void>;
}

const lookEveryMs = 1000;
/** How long stopping waits, after the grace, for a database that is away to take the endings. */
const lastWordsMs = 5000;

export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { db, bus, log } = options;
  const workerId = newId();
  const lockKey = Number.parseInt(workerId.slice(-7), 16);
  const delaysOf = (task: TaskRegistration) => task.retryDelaysMs ?? options.retryDelaysMs;
  const types = options.tasks.map((task) => ({ type: task.type, tries: delaysOf(task).length + 1 }));
  const registrations = new Map(options.tasks.map((t) => [t.type, t]));
  const handlers = new Map<string, Promise<TaskHandler<unknown>>>();
  // A task given up and claimed again can have two attempts here, the first of them fenced.
  const running = new Set<RunningAttempt>();
  /** Attempts whose place the next may not have yet. The next are claimed while endings are written, as long as these come through. */
  let working = 0;
  const givenUp = new AbortController();
  const endings = createEndings(db, workerId, givenUp.signal);
  let stopping = false;
  let session: pg.Client | undefined;
  let locked = false;
  let wake: (() => void) | undefined;
  let woken = false;

  const poke = (): void => {
    woken = true;
    wake?.();
  };

  function handlerOf(type: string): Promise<TaskHandler<unknown>> {
    const known = handlers.get(type);
    if (known !== undefined) return known;
    const loading = registrations.get(type)!.load();
    handlers.set(type, loading);
    // The next task of the type tries again.
    loading.catch(() => handlers.delete(type));
    return loading;
  }

  async function openSession(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: options.url,
      application_name: 'tradepost: worker',
      keepAlive: true,
      connectionTimeoutMillis: 5000,
      query_timeout: 10_000,
    });
    client.on('error', () => {
      if (session === client) session = undefined;
    });
    try {
      await client.connect();
      await client.query('set role tradepost_system');
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  }

  /** Says that this worker lives. After a broken session it comes back under the same id; what was given up meanwhile is fenced. */
  async function beat(): Promise<void> {
    if (session === undefined) {
      locked = false;
      session = await openSession();
    }
    // PostgreSQL may not know yet that the session before is gone; until it does, the heartbeat alone speaks for the worker.
    if (!locked) {
      const { rows } = await session.query('select pg_try_advisory_lock($1, $2) as locked', [
        workerLockClass,
        lockKey,
      ]);
      locked = rows[0].locked;
    }
    await session.query(
      `insert into worker (id, lock_key, host, pid, started_at, heartbeat_at) values ($1, $2, $3, $4, now(), now())
       on conflict (id) do update set heartbeat_at = now()`,
      [workerId, lockKey, hostname(), process.pid],
    );
  }

  /** Between a claim and the attempts it starts, what is running by the table is not so here: the two take turns. */
  let turn: Promise<unknown> = Promise.resolve();
  function takeTurn<R>(work: () => Promise<R>): Promise<R> {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  }

  async function recover(): Promise<void> {
    const rows = await db.asSystem('recover tasks', async (tx) => {
      const recovered = await recoverTasks(tx, { workerId, running: [...running] });
      for (const row of recovered) announceTask(tx, row);
      if (recovered.length > 0) tx.pokeWorkers();
      return recovered;
    });
    for (const row of rows)
      log.warn(
        { tenantId: row.tenant_id, taskId: row.id, task: row.type, status: row.status },
        'task that nobody runs given back',
      );
  }

  function cancel(taskId: string): void {
    for (const attempt of running) if (attempt.taskId === taskId) attempt.cancel();
  }

  async function heedCancelRequests(): Promise<void> {
    if (running.size === 0) return;
    for (const { id } of await db.asSystem('cancel requests', (tx) => listCancelRequests(tx, workerId)))
      cancel(id);
  }

  /** Claims and starts what fits. True when there may be more. */
  async function claim(): Promise<boolean> {
    const room = Math.min(options.concurrency - working, 2 * options.concurrency - running.size);
    if (room <= 0 || stopping) return false;
    let rows: ClaimedTask[];
    try {
      rows = await db.asSystem('claim tasks', (tx) => claimTasks(tx, workerId, types, room));
    } catch (error) {
      // Another worker took a task of the same lane in the same instant.
      if (sqlState(error) === '23505') return true;
      throw error;
    }
    for (const row of rows) {
      const registration = registrations.get(row.type)!;
      const attempt = runAttempt({
        db,
        log,
        workerId,
        row,
        registration,
        handler: handlerOf(row.type),
        endings,
        retryDelaysMs: delaysOf(registration),
        abandonAfterMs: options.abandonAfterMs,
      });
      running.add(attempt);
      working++;
      void attempt.worked.then(() => {
        working--;
        poke();
      });
      void attempt.done.finally(() => {
        running.delete(attempt);
        poke();
      });
    }
    return rows.length > 0 && rows.length === room;
  }

  async function guarded(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.error({ err: error }, `worker: ${what} failed, tried again`);
    }
  }

  async function loop(): Promise<void> {
    while (!stopping) {
      woken = false;
      try {
        while (await takeTurn(claim));
      } catch (error) {
        log.error({ err: error }, 'worker: claiming failed, tried again');
        woken = false;
      }
      if (stopping || woken) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, lookEveryMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = undefined;
    }
  }

  await beat();
  await guarded('recovery', () => takeTurn(recover));
  // Each timer's work is skipped while its last round is still under way.
  const timers = [
    every(1000, () => guarded('heartbeat', beat)),
    every(2000, () => guarded('recovery', () => takeTurn(recover))),
    every(500, () => guarded('cancel requests', heedCancelRequests)),
  ];
  const unsubscribe = [
    bus.subscribe('tasks', poke),
    bus.subscribe('task_cancel', ({ taskId }) => cancel(taskId)),
  ];
  const looping = loop();

  return {
    workerId,
    get running() {
      return running.size;
    },
    async stop() {
      stopping = true;
      for (const end of unsubscribe) end();
      poke();
      await looping;
      const ended = Promise.all([...running].map((a) => a.done));
      const graceMs = options.stopGraceMs ?? 5000;
      const grace = setTimeout(() => {
        for (const attempt of running) attempt.stop();
      }, graceMs);
      const end = setTimeout(() => givenUp.abort(), graceMs + lastWordsMs);
      await ended;
      clearTimeout(grace);
      clearTimeout(end);
      await Promise.all(timers.map((end) => end()));
      await db
        .asSystem('worker gone', (tx) => tx.execute('delete from worker where id = $1', [workerId]))
        .catch(() => {});
      await session?.end().catch(() => {});
    },
  };
}
