import { z } from 'zod';
import { Id, IdParams, Instant, listOf, listQuery } from '../common.ts';
import { defineRoute } from '../route.ts';

export const taskStates = ['queued', 'running', 'retrying', 'completed', 'failed', 'cancelled'] as const;
export type TaskState = (typeof taskStates)[number];

export const TaskError = z.object({
  code: z.string(),
  message: z.string().describe('What happened, in words for a person'),
});

export const Progress = z.object({
  done: z.int(),
  total: z.int().nullable().describe('null: not known yet'),
  message: z.string().nullable(),
});
export type Progress = z.infer<typeof Progress>;

/** One background run that a person may see. */
export const Task = z.object({
  id: Id,
  type: z.string(),
  status: z.enum(taskStates),
  progress: Progress.nullable(),
  result: z.unknown().nullable(),
  error: TaskError.nullable(),
  attempt: z.int().describe('Tries begun so far'),
  maxAttempts: z.int(),
  subject: z.string().nullable().describe('What it works on, such as the name of a marketplace account'),
  runAt: Instant.describe('When it may run (next)'),
  cancelRequested: z.boolean(),
  createdAt: Instant,
  startedAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
});
export type Task = z.infer<typeof Task>;

export const TaskAttempt = z.object({
  attempt: z.int(),
  startedAt: Instant,
  finishedAt: Instant.nullable(),
  outcome: z.enum(['running', 'completed', 'failed', 'cancelled', 'lost']),
  error: TaskError.nullable(),
});

export const TaskDetail = Task.extend({ payload: z.unknown(), attempts: z.array(TaskAttempt) });
export type TaskDetail = z.infer<typeof TaskDetail>;

export const Worker = z.object({
  id: Id,
  host: z.string(),
  pid: z.int(),
  startedAt: Instant,
  heartbeatAt: Instant,
  running: z.int().describe("This tenant's tasks it runs now"),
});

export const taskRoutes = {
  listTasks: defineRoute({
    method: 'GET',
    path: '/tasks',
    operation: 'listTasks',
    tag: 'tasks',
    summary: 'Background tasks, newest first',
    access: 'tasks.read',
    query: z.strictObject({
      ...listQuery,
      status: z.enum(taskStates).optional(),
      type: z.string().max(100).optional(),
    }),
    responses: { 200: listOf(Task) },
  }),
  getTask: defineRoute({
    method: 'GET',
    path: '/tasks/:id',
    operation: 'getTask',
    tag: 'tasks',
    summary: 'One task with its attempts',
    access: 'tasks.read',
    params: IdParams,
    responses: { 200: TaskDetail },
    errors: ['NOT_FOUND'],
  }),
  cancelTask: defineRoute({
    method: 'DELETE',
    path: '/tasks/:id',
    operation: 'cancelTask',
    tag: 'tasks',
    summary: 'Cancel a task; a running one is told within a second and ends where it is safe',
    access: 'tasks.write',
    params: IdParams,
    responses: { 200: Task },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  retryTask: defineRoute({
    method: 'POST',
    path: '/tasks/:id/retry',
    operation: 'retryTask',
    tag: 'tasks',
    summary: 'Run a failed, cancelled or waiting task again now',
    access: 'tasks.write',
    params: IdParams,
    responses: { 202: Task },
    errors: ['NOT_FOUND', 'STATE_CONFLICT'],
  }),
  listWorkers: defineRoute({
    method: 'GET',
    path: '/workers',
    operation: 'listWorkers',
    tag: 'tasks',
    summary: 'Live worker processes',
    access: 'tasks.read',
    responses: { 200: z.object({ items: z.array(Worker) }) },
  }),
};
