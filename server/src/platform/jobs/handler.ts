/** Background tasks, seen from the handlers that do the work. */
import type { Logger } from 'pino';
import type { TenantTx } from '../db/index.ts';
import type { TaskDefinition } from './definition.ts';

/**
 * A failure with words for a person. `retry: false` ends the task at once: another try could not help.
 */
export class TaskFailure extends Error {
  override name = 'TaskFailure';
  readonly code: string;
  readonly retry: boolean;
  constructor(code: string, message: string, options: { retry?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retry = options.retry ?? true;
  }
}

/** The attempt was given up (its worker was taken for dead); whatever it still does has no effect. */
export class TaskFencedError extends Error {
  override name = 'TaskFencedError';
}

export interface TaskContext {
  tenantId: string;
  taskId: string;
  attempt: number;
  /** Aborts when somebody cancels, the time is up, or the process stops. Pass it to every outside call. */
  signal: AbortSignal;
  log: Logger;
  /**
   * A transaction of the tenant, refused with TaskFencedError when this attempt is no longer the task's own: a worker that
   * stood still past its lease can write nothing.
   */
  transaction<R>(work: (tx: TenantTx) => Promise<R>): Promise<R>;
  /** Shown to people at once; written at most four times a second. */
  progress(done: number, total: number | null, message?: string): void;
}

/** Runs at least once: the payload holds ids, the state is read again. Its return value is the task's result. */
export type TaskHandler<P> = (context: TaskContext, payload: P) => Promise<unknown>;

/** A task the runner can run: the definition joined with its handler, which is loaded when the first such task runs. */
export interface TaskRegistration {
  type: string;
  retryDelaysMs?: readonly number[];
  timeoutMs?: number;
  load(): Promise<TaskHandler<unknown>>;
}

export function registerTask<P>(
  definition: TaskDefinition<P>,
  load: () => Promise<TaskHandler<P>>,
): TaskRegistration {
  const { type, retryDelaysMs, timeoutMs } = definition;
  return {
    type,
    retryDelaysMs,
    timeoutMs,
    async load() {
      const handler = await load();
      return (context, payload) => handler(context, definition.payload.parse(payload));
    },
  };
}
