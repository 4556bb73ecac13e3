/** The metrics of this process, as `/metrics` shows them. Names end in their unit. */
import type pg from 'pg';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  registry: Registry;
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  histogram<L extends string>(
    name: string,
    help: string,
    bucketsSeconds: number[],
    labels?: readonly L[],
  ): Histogram<L>;
  /** A figure asked for when somebody looks. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
  /** The same with one label. */
  gauges(
    name: string,
    help: string,
    label: string,
    read: () => Record<string, number> | Promise<Record<string, number>>,
  ): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  // Process, heap, garbage collection and event-loop lag.
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: [...labels], registers }),
    histogram: (name, help, buckets, labels = []) =>
      new Histogram({ name, help, buckets, labelNames: [...labels], registers }),
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          this.set(await read());
        },
      });
    },
    gauges(name, help, label, read) {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers,
        async collect() {
          const figures = await read();
          this.reset();
          for (const [value, figure] of Object.entries(figures)) this.set({ [label]: value }, figure);
        },
      });
    },
  };
}

/** How many connections the pool has, how many rest, and how many callers wait for one. */
export function measurePool(metrics: Metrics, pool: pg.Pool): void {
  metrics.gauges('tradepost_db_connections', 'Connections of the pool by state', 'state', () => ({
    busy: pool.totalCount - pool.idleCount,
    idle: pool.idleCount,
  }));
  metrics.gauge(
    'tradepost_db_waiting_callers',
    'Callers that wait for a connection',
    () => pool.waitingCount,
  );
}
