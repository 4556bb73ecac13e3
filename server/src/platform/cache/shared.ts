/** The second layer: Redis, shared by the processes. Away, slow or full of rubbish it costs a miss, nothing else. */
import type { Position } from '../events/index.ts';
import type { RedisDoor } from '../redis/index.ts';

/** A value as it lies in Redis. Whoever reads it judges whether it is still true. */
export interface SharedValue {
  position: Position;
  loadedAtMs: number;
  text: string;
}

export interface SharedLayer {
  readonly isUp: boolean;
  find(key: string): Promise<SharedValue | null>;
  /** Does not wait. */
  put(key: string, value: SharedValue, keepSeconds: number): void;
}

/** `epoch` of the log: positions of another one mean nothing. */
export function createSharedLayer(redis: RedisDoor, epoch: string): SharedLayer {
  const nameOf = (key: string) => `${redis.namespace}:cache:${epoch.slice(0, 8)}:${key}`;
  return {
    get isUp() {
      return redis.isUp;
    },
    async find(key) {
      if (!redis.isUp) return null;
      const stored = await redis.client.get(nameOf(key)).catch(() => null);
      const head = stored === null ? null : /^(\d{1,19})\.(\d{1,19}) (\d{1,15})\n/.exec(stored);
      if (head === null) return null;
      const [whole, xact, id, loadedAtMs] = head as unknown as [string, string, string, string];
      return {
        position: { xact: BigInt(xact), id: BigInt(id) },
        loadedAtMs: Number(loadedAtMs),
        text: stored!.slice(whole.length),
      };
    },
    put(key, { position, loadedAtMs, text }, keepSeconds) {
      if (!redis.isUp) return;
      const value = `${position.xact}.${position.id} ${loadedAtMs}\n${text}`;
      redis.client.set(nameOf(key), value, 'EX', keepSeconds).catch(() => {});
    },
  };
}
