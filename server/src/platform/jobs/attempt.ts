/** One try of one task: its context, its ending. */
import type { Progress } from '@tradepost/contracts';
import type { Logger } from 'pino';
import type { Database } from '../db/index.ts';
import type { Endings } from './endings.ts';
import {
  type TaskContext,
  TaskFailure,
  TaskFencedError,
  type TaskHandler,
  type TaskRegistration,
} from './handler.ts';
import { announceTask } from './ledger.ts';
import { type AttemptKey, type ClaimedTask, type Ending, holdAttempt, saveProgress } from './queries.ts';

/** Progress is told so often at most; and that a task began, once it has lasted so long: most are over before anybody could see. */
const tellEveryMs = 250;
const defaultTimeoutMs = 15 * 60_000;
/** How long after its signal a handler may take to end. */
const defaultAbandonAfterMs = 10_000;

export interface RunningAttempt {
  taskId: string;
  attempt: number;
  /**
   * The next may begin. A success may still have to be written; a failure is, since it may leave its work to a task that
   * waits, which must not have begun meanwhile.
   */
  worked: Promise<void>;
  done: Promise<void>;
  /** Somebody asked the task to stop. */
  cancel(): void;
  /** The process stops: the attempt goes back to the queue. */
  stop(): void;
}

type AbortCause = 'cancelled' | 'timeout' | 'stopping' | 'fenced';

export function runAttempt(input: {
  db: Database;
  log: Logger;
  workerId: string;
  row: ClaimedTask;
  registration: TaskRegistration;
  handler: Promise<TaskHandler<unknown>>;
  endings: Endings;
  retryDelaysMs: readonly number[];
  abandonAfterMs?: number;
}): RunningAttempt {
  const { db, row, registration } = input;
  const timeoutMs = registration.timeoutMs ?? defaultTimeoutMs;
  const key: AttemptKey = {
    tenantId: row.tenant_id,
    taskId: row.id,
    attempt: row.attempt,
    workerId: input.workerId,
  };
  const log = input.log.child({
    tenantId: row.tenant_id,
    taskId: row.id,
    task: row.type,
    attempt: row.attempt,
  });
  const controller = new AbortController();
  let cause: AbortCause | undefined;
  const abort = (why: AbortCause): void => {
    cause ??= why;
    controller.abort(new Error(why));
  };

  let latest: Progress | null = null;
  let saving: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined = setTimeout(tell, tellEveryMs);
  function tell(): void {
    saving = save();
  }
  async function save(): Promise<void> {
    timer = undefined;
    const still = await db
      .asSystem('task progress', async (tx) => {
        const updated = await saveProgress(tx, key, latest);
        if (updated !== undefined) announceTask(tx, updated);
        return updated !== undefined;
      })
      .catch((error) => {
        // Progress that cannot be written is no reason to fail; the next one may be.
        log.warn({ err: error }, 'progress not written');
        return true;
      });
    if (!still) abort('fenced');
  }

  const context: TaskContext = {
    tenantId: row.tenant_id,
    taskId: row.id,
    attempt: row.attempt,
    signal: controller.signal,
    log,
    transaction: (work) =>
      db.withTenant({ tenantId: row.tenant_id, actor: `task:${row.id}` }, async (tx) => {
        if (!(await holdAttempt(tx, key))) {
          abort('fenced');
          throw new TaskFencedError(`attempt ${row.attempt} of task ${row.id} was given up`);
        }
        return work(tx);
      }),
    progress(done, total, message) {
      latest = { done, total, message: message ?? null };
      timer ??= setTimeout(tell, tellEveryMs);
    },
  };

  async function attempt(): Promise<Ending> {
    const limit = setTimeout(() => abort('timeout'), timeoutMs);
    try {
      const handler = await input.handler;
      const result = await Promise.race([handler(context, row.payload), abandoned()]);
      return { status: 'completed', result, progress: latest };
    } catch (error) {
      return failed(error);
    } finally {
      clearTimeout(limit);
    }
  }

  /** A handler that does not heed its signal is left to itself: what it still writes is refused, and its lane is free. */
  function abandoned(): Promise<never> {
    return new Promise((_, reject) => {
      controller.signal.addEventListener('abort', () => {
        setTimeout(
          () => reject(controller.signal.reason),
          input.abandonAfterMs ?? defaultAbandonAfterMs,
        ).unref();
      });
    });
  }

  function failed(error: unknown): Ending {
    if (cause === 'cancelled') return { status: 'cancelled', error: null };
    const now = db.clock.now();
    if (cause === 'stopping') {
      return {
        status: 'retrying',
        runAt: now,
        lost: true,
        error: {
          code: 'WORKER_STOPPED',
          message: 'The server was stopped in the middle; the task goes on when it is back.',
        },
      };
    }
    const told =
      cause === 'timeout'
        ? { code: 'TIMEOUT', message: `It took longer than ${Math.round(timeoutMs / 1000)} s.` }
        : describe(error);
    log.warn({ err: error }, 'attempt failed');
    const delay = input.retryDelaysMs[row.attempt - row.forgiven - 1];
    const mayRetry = !(error instanceof TaskFailure) || error.retry;
    if (mayRetry && delay !== undefined) {
      return { status: 'retrying', error: told, runAt: new Date(now.getTime() + delay) };
    }
    return { status: 'failed', error: told };
  }

  async function end(ending: Ending): Promise<void> {
    try {
      if (!(await input.endings.write(key, ending)))
        log.warn('the attempt had been given up; its ending was not written');
    } catch (error) {
      log.error({ err: error }, 'the ending of the attempt could not be written; recovery will find it');
    }
  }

  const work = attempt();
  const done = (async () => {
    const ending = await work;
    clearTimeout(timer);
    await saving;
    if (cause !== 'fenced') await end(ending);
  })();

  return {
    taskId: row.id,
    attempt: row.attempt,
    worked: work.then((ending) => (ending.status === 'completed' ? undefined : done)),
    done,
    cancel: () => abort('cancelled'),
    stop: () => abort('stopping'),
  };
}

/** Words for a person. An unknown error keeps its own message: it is the operator's best clue. */
function describe(error: unknown): { code: string; message: string } {
  if (error instanceof TaskFailure) return { code: error.code, message: error.message };
  return { code: 'UNEXPECTED', message: error instanceof Error ? error.message : String(error) };
}
