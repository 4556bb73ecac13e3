/** A process that serves under a supervisor: it gets everything from there, and ends when that does. */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createLogger } from '#platform/telemetry';
import { type App, type Crew, createApp } from '../app.ts';
import type { CrewState, Order, Report } from './messages.ts';
import { tend } from './tend.ts';

const measurePatienceMs = 2000;

export async function runWorker(): Promise<void> {
  // A terminal sends these to every process; the supervisor passes on what is meant.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  const report = (message: Report) => void process.send?.(message, undefined, undefined, () => {});

  const begun = Promise.withResolvers<Extract<Order, { kind: 'begin' }>>();
  const asked = new Map<number, (text: string) => void>();
  let asks = 0;
  let app: App | null = null;
  let url = '';
  let farewellMs: number | undefined;
  let state: CrewState = { serving: 0, wanted: 1, restarts: 0, renewals: 0, baseUrls: [] };

  process.on('message', (order: Order) => {
    if (order.kind === 'begin') begun.resolve(order);
    else if (order.kind === 'stop') {
      ({ farewellMs } = order);
      stop.abort();
    } else if (order.kind === 'crew') {
      ({ state } = order);
      app?.demo.allowBaseUrls(state.baseUrls);
    } else if (order.kind === 'measured') {
      asked.get(order.ask)?.(order.text);
      asked.delete(order.ask);
    } else if (app !== null && order.kind === 'measure') {
      const { ask } = order;
      void app.metrics.snapshot().then((metrics) => report({ kind: 'measured', ask, metrics }));
    } else if (app !== null && order.kind === 'tend') {
      tend(app, {
        config,
        url,
        greet: order.greet,
        tell: (line) => report({ kind: 'tell', line }),
        onBaseUrls: (baseUrls) => report({ kind: 'base_urls', baseUrls }),
      })
        .catch((err: unknown) => log.error({ err }, 'what one process does for all could not be begun'))
        .finally(() => report({ kind: 'tending' }));
    }
  });

  const { config, databaseUrl, secret } = await begun.promise;
  const log = createLogger({ level: config.logLevel, environment: config.environment });
  const crew: Crew = {
    maxRequests: config.supervisor?.workerMaxRequests ?? 0,
    onWorn: () => report({ kind: 'worn' }),
    health: async () => {
      const { baseUrls, ...figures } = state;
      return { status: state.serving < state.wanted ? 'degraded' : 'ok', ...figures };
    },
    measureAll: () =>
      new Promise((resolve, reject) => {
        const ask = ++asks;
        const patience = setTimeout(() => {
          asked.delete(ask);
          reject(new Error('the supervisor gives no metrics'));
        }, measurePatienceMs);
        asked.set(ask, (text) => {
          clearTimeout(patience);
          resolve(text);
        });
        report({ kind: 'measure', ask });
      }),
  };

  app = await createApp({ config, databaseUrl, secret, log, crew });
  app.demo.allowBaseUrls(state.baseUrls);
  url = await app.listen();
  report({ kind: 'serving', url });
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  await app.stop(farewellMs);
  // What was told last is still heard.
  const disconnected = once(process, 'disconnect');
  cluster.worker!.disconnect();
  await disconnected;
}
