/** The first layer: values in this process, the longest unused given up first. Bounded in entries and in bytes. */
import { LRUCache } from 'lru-cache';
import type { Mark } from './freshness.ts';

export interface Entry {
  tenantId: string;
  /** JSON in UTF-8. */
  json: Buffer;
  etag: string;
  tags: readonly string[];
  mark: Mark;
  loadedAtMs: number;
  expiresAtMs: number;
}

export interface Held {
  entries: number;
  bytes: number;
}

/** What an entry takes beside its JSON and key, about. */
const overheadBytes = 600;

/** Two bytes for each character of a key at most. */
const sizeOf = ({ json }: Entry, key: string) => json.length + 2 * key.length + overheadBytes;

export class Memory {
  readonly #entries: LRUCache<string, Entry>;
  readonly #held = new Map<string, Held>();

  constructor(limits: { maxEntries: number; maxBytes: number }) {
    this.#entries = new LRUCache<string, Entry>({
      max: limits.maxEntries,
      maxSize: limits.maxBytes,
      // One value may not push out most of the others.
      maxEntrySize: Math.ceil(limits.maxBytes / 8),
      sizeCalculation: sizeOf,
      dispose: (entry, key) => this.#count(entry, key, -1),
      onInsert: (entry, key) => this.#count(entry, key, 1),
    });
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  set(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
  }

  get total(): Held {
    return { entries: this.#entries.size, bytes: this.#entries.calculatedSize };
  }

  heldBy(tenantId: string): Held {
    return this.#held.get(tenantId) ?? { entries: 0, bytes: 0 };
  }

  #count(entry: Entry, key: string, sign: 1 | -1): void {
    const held = this.heldBy(entry.tenantId);
    const bytes = sizeOf(entry, key);
    const next = { entries: held.entries + sign, bytes: held.bytes + sign * bytes };
    if (next.entries === 0) this.#held.delete(entry.tenantId);
    else this.#held.set(entry.tenantId, next);
  }
}
