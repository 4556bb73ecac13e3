/** A program of the benchmark as a process of its own, asked and answered by messages. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export interface Child {
  readonly pid: number;
  /** Sends `order` and gives the next answer. @throws what the child says has failed */
  ask<T>(order: object): Promise<T>;
  next<T>(): Promise<T>;
  stop(): Promise<void>;
}

export function startChild(file: URL, env: Record<string, string> = {}): Child {
  const child: ChildProcess = fork(file, { env: { ...process.env, ...env } });
  const next = async <T>(): Promise<T> => {
    const answered = new AbortController();
    const { signal } = answered;
    const [answer] = (await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`${file.pathname} ended with ${code}`);
      }),
    ]).finally(() => answered.abort())) as [T & { failed?: string }];
    if (answer.failed !== undefined) throw new Error(answer.failed);
    return answer;
  };
  return {
    pid: child.pid!,
    next,
    ask<T>(order: object) {
      child.send(order);
      return next<T>();
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
