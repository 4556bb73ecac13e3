export { InProcessBus } from './in-process.ts';
export { RedisBus } from './redis-bus.ts';
export type { Bus, Signals } from './signals.ts';
