export {
  defaultRetryDelaysMs,
  defineTask,
  type EnqueueOptions,
  enqueueTask,
  enqueueTaskFor,
  type TaskDefinition,
} from './definition.ts';
export { eachAlone, every, startUpkeep, type Upkeep } from './every.ts';
export {
  registerTask,
  type TaskContext,
  TaskFailure,
  TaskFencedError,
  type TaskRegistration,
} from './handler.ts';
export { announceTask, listAttempts, type TaskRow, taskColumns } from './ledger.ts';
export { deleteEndedTasks } from './queries.ts';
export { type Runner, startRunner } from './runner.ts';
export { runDueSchedules, type Schedule, startScheduler } from './scheduler.ts';
