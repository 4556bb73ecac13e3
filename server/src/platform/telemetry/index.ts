export { createLogger } from './log.ts';
export { createMetrics, type Metrics, measurePool } from './metrics.ts';
