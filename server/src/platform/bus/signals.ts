/**
 * Signals between the parts of an installation: pokes ("look at the log", "look at the queue") and what is only true now,
 * such as presence. A signal may be lost and carries no truth; whoever waits for one also looks by itself now and then.
 */
import { z } from 'zod';

/** Carries nothing but itself, so that many at once are as good as one. */
const poke = z.undefined();

/** By topic, what a signal says. Other processes' are checked against it: the channel is open to whoever reaches Redis. */
export const signals = {
  /** Events were committed. */
  events: poke,
  /** Tasks may be due. */
  tasks: poke,
  /** Somebody asks running tasks to stop. */
  task_cancel: z.object({ tenantId: z.uuid(), taskId: z.uuid() }),
  /** How many sockets one process has open now, by tenant. Sent when that changes, and every 2 s. */
  presence: z.object({
    process: z.uuid(),
    tenants: z.record(
      z.uuid(),
      z.object({
        clients: z.int().min(0),
        channels: z.record(z.string(), z.int().min(0)),
        framesPerSecond: z.number().min(0),
      }),
    ),
  }),
};

export type Topic = keyof typeof signals;
export type Signals = { [T in Topic]: z.infer<(typeof signals)[T]> };
export const topics = Object.keys(signals) as Topic[];
export const pokeTopics = topics.filter((topic) => signals[topic] === poke) as ('events' | 'tasks')[];

export interface Bus {
  publish<T extends Topic>(topic: T, message: Signals[T]): void;
  /** Returns the function that ends the subscription. */
  subscribe<T extends Topic>(topic: T, listener: (message: Signals[T]) => void): () => void;
}
