import type { Bus, Signals, Topic } from './signals.ts';

type Listener = (message: never) => void;

/** The bus of a single process. A listener that throws is told to `onError`; it stops neither the publisher nor the other listeners. */
export class InProcessBus implements Bus {
  #listeners = new Map<Topic, Set<Listener>>();
  #onError: (error: unknown, topic: Topic) => void;

  constructor(onError: (error: unknown, topic: Topic) => void = () => {}) {
    this.#onError = onError;
  }

  publish<T extends Topic>(topic: T, message: Signals[T]): void {
    for (const listener of this.#listeners.get(topic) ?? []) {
      try {
        (listener as (m: Signals[T]) => void)(message);
      } catch (error) {
        this.#onError(error, topic);
      }
    }
  }

  subscribe<T extends Topic>(topic: T, listener: (message: Signals[T]) => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners);
    listeners.add(listener as Listener);
    return () => listeners.delete(listener as Listener);
  }

  /** Nothing to end: the listeners go with the process. */
  close(): void {}
}
