/** Callers that never rest, over connections that they keep: what a program that restarts under them must not lose. */
import { Agent, request } from 'node:http';

export interface LoadReport {
  answered: number;
  /** By what went wrong, how often; `on a kept connection` when it had carried an answer before. */
  failures: Record<string, number>;
}

/** Calls `GET url` over `connections` until it is stopped. */
export function startLoad(
  url: string,
  connections: number,
  headers: Record<string, string> = {},
): { stop(): Promise<LoadReport> } {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const report: LoadReport = { answered: 0, failures: {} };
  let stopped = false;
  const fail = (what: string) => {
    report.failures[what] = (report.failures[what] ?? 0) + 1;
  };
  const callOnce = () =>
    new Promise<void>((resolve) => {
      const call = request(url, { agent, headers }, (answer) => {
        answer.resume();
        answer.on('end', () => {
          if (answer.statusCode === 200) report.answered++;
          else fail(`status ${answer.statusCode}`);
          resolve();
        });
        answer.on('error', () => {
          fail('cut off in the answer');
          resolve();
        });
      });
      call.on('error', (error: NodeJS.ErrnoException) => {
        fail(`${error.code}${call.reusedSocket ? ' on a kept connection' : ''}`);
        // A port that refuses would be called a thousand times a second.
        setTimeout(resolve, 20);
      });
      call.end();
    });
  const callers = Array.from({ length: connections }, async () => {
    while (!stopped) await callOnce();
  });
  return {
    async stop() {
      stopped = true;
      await Promise.all(callers);
      agent.destroy();
      return report;
    },
  };
}
