export { type Consumer, runConsumerOnce, startConsumers } from './consumer.ts';
export {
  hasMoreTenantEvents,
  isStillKept,
  type LogEvent,
  listTenantEvents,
  loadEpoch,
  maintainEventLog,
} from './log.ts';
export { comparePositions, formatOffset, type Position, parseOffset } from './offset.ts';
export { eventLogHealth, measureEventLog } from './status.ts';
export { Tail } from './tail.ts';
