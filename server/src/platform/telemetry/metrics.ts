/** The metrics of this process, as `/metrics` shows them. Names end in their unit. */
import type pg from 'pg';
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  registry: Registry;
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  histogram<L extends string>(
    name: string,
    help: string,
    bucketsSeconds: number[],
    labels?: readonly L[],
  ): Histogram<L>;
  /** A figure asked for when somebody looks. `joined`: what it is over several processes, by default their sum. */
  gauge(name: string, help: string, read: () => number | Promise<number>, joined?: 'min' | 'max'): void;
  /** The same with one label. */
  gauges(
    name: string,
    help: string,
    label: string,
    read: () => Record<string, number> | Promise<Record<string, number>>,
    joined?: 'min' | 'max',
  ): void;
  /** All of it, to be joined with that of other processes. */
  snapshot(): Promise<MetricSnapshot>;
}

export type MetricSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** @param ofProcess also process, heap, garbage collection and event-loop lag. Default true */
export function createMetrics({ ofProcess = true }: { ofProcess?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (ofProcess) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: [...labels], registers }),
    histogram: (name, help, buckets, labels = []) =>
      new Histogram({ name, help, buckets, labelNames: [...labels], registers }),
    snapshot: () => registry.getMetricsAsJSON(),
    gauge(name, help, read, joined) {
      new Gauge({
        name,
        help,
        registers,
        ...(joined && { aggregator: joined }),
        async collect() {
          this.set(await read());
        },
      });
    },
    gauges(name, help, label, read, joined) {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers,
        ...(joined && { aggregator: joined }),
        async collect() {
          const figures = await read();
          this.reset();
          for (const [value, figure] of Object.entries(figures)) this.set({ [label]: value }, figure);
        },
      });
    },
  };
}

/** The metrics of several processes as one text for Prometheus. */
export function joinSnapshots(snapshots: MetricSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate(snapshots).metrics();
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
