/**
 * Writes how attempts ended: those that end while a write is under way go together in the next one, so that many short
 * tasks do not cost a commit each. Tried again while the database is away: work that was done should not be done twice.
 */
import { type Database, DatabaseUnavailableError, sqlState } from '../db/index.ts';
import { announceTask } from './ledger.ts';
import { type AttemptKey, type Ending, endAttempts } from './queries.ts';

const maxTogether = 200;
const retryAtMostEveryMs = 2000;
const maxCollisions = 10;

interface Waiting {
  key: AttemptKey;
  ending: Ending;
  resolve: (own: boolean) => void;
  reject: (error: unknown) => void;
}

export interface Endings {
  /** False: the attempt had been given up, and nothing was written. */
  write(key: AttemptKey, ending: Ending): Promise<boolean>;
}

/** @param givenUp while it is not aborted, a database that is away is waited for */
export function createEndings(db: Database, workerId: string, givenUp: AbortSignal): Endings {
  const queue: Waiting[] = [];
  let writing = false;

  async function drain(): Promise<void> {
    writing = true;
    while (queue.length > 0) await writeTogether(queue.splice(0, maxTogether));
    writing = false;
  }

  async function writeTogether(batch: Waiting[]): Promise<void> {
    try {
      const own = await commit(batch);
      for (const waiting of batch) waiting.resolve(own.has(waiting.key.taskId));
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error);
      else for (const waiting of batch) await writeTogether([waiting]);
    }
  }

  async function commit(batch: Waiting[]): Promise<Set<string>> {
    for (let tries = 0; ; tries++) {
      try {
        return await db.asSystem('end tasks', async (tx) => {
          const rows = await endAttempts(tx, workerId, batch);
          for (const row of rows) announceTask(tx, row);
          tx.pokeWorkers();
          return new Set(rows.map((r) => r.id));
        });
      } catch (error) {
        if (error instanceof DatabaseUnavailableError && !givenUp.aborted) {
          await new Promise((resolve) => setTimeout(resolve, Math.min(100 * 2 ** tries, retryAtMostEveryMs)));
          continue;
        }
        // A task for the same work was inserted, but not committed, when the statement looked. Of several endings two may
        // collide with each other: those go one by one.
        if (sqlState(error) === '23505' && batch.length === 1 && tries < maxCollisions) continue;
        throw error;
      }
    }
  }

  return {
    write(key, ending) {
      return new Promise((resolve, reject) => {
        queue.push({ key, ending, resolve, reject });
        if (!writing) setImmediate(() => void (writing || drain()));
      });
    },
  };
}
