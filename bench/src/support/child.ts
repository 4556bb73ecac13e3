/** A program of the benchmark as a process of its own, asked and answered by messages. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Child {
  /** Sends `order` and gives the next answer. @throws what the child says has failed */
  ask<T>(order: object): Promise<T>;
  next<T>(): Promise<T>;
  stop(): Promise<void>;
}

/** @param file beside this one */
export function startChild(file: string, env: Record<string, string> = {}, execArgv: string[] = []): Child {
  const child: ChildProcess = fork(fileURLToPath(new URL(file, import.meta.url)), {
    env: { ...process.env, ...env },
    execArgv,
  });
  const next = async <T>(): Promise<T> => {
    const [answer] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`${file} ended with ${code}`);
      }),
    ])) as [T & { failed?: string }];
    if (answer.failed !== undefined) throw new Error(answer.failed);
    return answer;
  };
  return {
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
