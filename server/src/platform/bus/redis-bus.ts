/**
 * The bus of several processes, over Redis publish and subscribe.
 *
 * Invariants
 *   * A signal is heard here at once and exactly once, whatever Redis does; the others hear it when Redis can.
 *   * Publishing waits for nothing and fails for nothing.
 *   * What arrives is believed only as far as its schema: garbage on the channel is counted and dropped.
 *   * After every gap each process pokes itself, for what it may have missed.
 */
import type { Counter } from 'prom-client';
import { z } from 'zod';
import { newId } from '../crypto/index.ts';
import type { RedisDoor } from '../redis/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import { InProcessBus } from './in-process.ts';
import { type Bus, pokeTopics, type Signals, signals, type Topic, topics } from './signals.ts';

/** More than the presence of a thousand tenants takes. */
const maxMessageLength = 1_000_000;

const Envelope = z.object({ from: z.uuid(), topic: z.enum(topics), message: z.unknown().optional() });

export class RedisBus implements Bus {
  readonly #local: InProcessBus;
  readonly #redis: RedisDoor;
  readonly #channel: string;
  readonly #self = newId();
  readonly #endings: (() => void)[] = [];
  /** Pokes on their way; true: there was another one since. Under load one message then stands for many commits. */
  readonly #underWay = new Map<Topic, boolean>();
  readonly #received: Counter<'topic'>;

  constructor(deps: {
    redis: RedisDoor;
    metrics: Metrics;
    /** A listener threw. */
    onError: (error: unknown, topic: Topic) => void;
  }) {
    this.#local = new InProcessBus(deps.onError);
    this.#redis = deps.redis;
    this.#channel = `${deps.redis.namespace}:bus`;
    this.#received = deps.metrics.counter(
      'tradepost_bus_received_total',
      'Signals from other processes; `garbage` is none of ours',
      ['topic'],
    );
    const { subscriber } = deps.redis;
    const hear = (channel: string, text: string) => {
      if (channel === this.#channel) this.#hear(text);
    };
    subscriber.on('message', hear);
    this.#endings.push(() => subscriber.off('message', hear));
    this.#endings.push(deps.redis.onUp(() => void this.#join()));
  }

  publish<T extends Topic>(topic: T, message: Signals[T]): void {
    this.#local.publish(topic, message);
    if (!this.#redis.isUp) return;
    if (signals[topic] !== signals.events) {
      this.#send(topic, message).catch(() => {});
    } else if (this.#underWay.has(topic)) {
      this.#underWay.set(topic, true);
    } else void this.#sendPoke(topic);
  }

  subscribe<T extends Topic>(topic: T, listener: (message: Signals[T]) => void): () => void {
    return this.#local.subscribe(topic, listener);
  }

  /** Hears the others no more. The connections are the caller's. */
  close(): void {
    for (const end of this.#endings.splice(0)) end();
  }

  async #sendPoke(topic: Topic): Promise<void> {
    try {
      do {
        this.#underWay.set(topic, false);
        await this.#send(topic);
      } while (this.#underWay.get(topic) === true);
    } catch {
      // Lost, as a signal may be: whoever waits for it looks by itself.
    } finally {
      this.#underWay.delete(topic);
    }
  }

  async #send(topic: Topic, message?: unknown): Promise<void> {
    const text = JSON.stringify({ from: this.#self, topic, message });
    await this.#redis.client.publish(this.#channel, text);
  }

  #hear(text: string): void {
    const signal = parseSignal(text);
    if (signal === null) this.#received.inc({ topic: 'garbage' });
    else if (signal.from !== this.#self) {
      this.#received.inc({ topic: signal.topic });
      this.#local.publish(signal.topic, signal.message);
    }
  }

  async #join(): Promise<void> {
    try {
      await this.#redis.subscriber.subscribe(this.#channel);
    } catch {
      // It went away again; the next time it is up we are called again.
      return;
    }
    for (const topic of pokeTopics) this.#local.publish(topic, undefined);
  }
}

function parseSignal(text: string): { from: string; topic: Topic; message: never } | null {
  if (text.length > maxMessageLength) return null;
  try {
    const { from, topic, message } = Envelope.parse(JSON.parse(text));
    return { from, topic, message: signals[topic].parse(message) as never };
  } catch {
    return null;
  }
}
