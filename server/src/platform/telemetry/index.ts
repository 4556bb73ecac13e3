export { createLogger } from './log.ts';
export { createMetrics, joinSnapshots, type MetricSnapshot, type Metrics, measurePool } from './metrics.ts';
