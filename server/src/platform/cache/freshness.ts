/**
 * Which values are still true: judged when a value is read, never by deleting it.
 *
 * Invariants
 *   * A value is fresh when every change that this process knows of, under any of its tags, was there before its loading
 *     began. One that was loaded while a change came in is not fresh, whenever it is stored.
 *   * Values of this process are judged by a count of the drops it has seen, so that a commit of its own counts at once,
 *     before the log has brought it. Values of other processes are judged by their place in the log, which all share.
 *   * Forgetting what was dropped makes values unknown, not fresh.
 */
import { comparePositions, type LogEvent, type Position } from '../events/index.ts';
import { tagsDroppedBy } from './kinds.ts';

/** Where the log stood, and how many drops this process had seen, when the loading of a value began. */
export interface Mark {
  position: Position;
  drops: number;
}

/** Of a value that no drop is known not to concern: never fresh, but something to tell while the database is away. */
export const unknown: Mark = { position: { xact: 0n, id: 0n }, drops: -1 };

interface TenantDrops {
  /** Everything from before it is unknown. */
  floor: Mark;
  /** The last drop of each tag. Positions may come out of order: a commit of our own is known before older ones of others. */
  byTag: Map<string, Mark>;
}

interface CommittedEvent extends Position {
  tenantId: string;
  type: string;
  data: unknown;
}

const maxTagsOfTenant = 1000;
const maxOwnEvents = 10_000;

export class Freshness {
  readonly #log: { readonly position: Position };
  readonly #start: Mark;
  readonly #tenants = new Map<string, TenantDrops>();
  /** Events of our own commits, dropped already: the log brings them once more. */
  readonly #own = new Set<bigint>();
  #drops = 0;

  constructor(log: { readonly position: Position }) {
    this.#log = log;
    this.#start = { position: log.position, drops: 0 };
  }

  /** Taken before a value is loaded. */
  mark(): Mark {
    return { position: this.#log.position, drops: this.#drops };
  }

  /** Called with the events of a transaction that has just been committed here. */
  noteCommit(events: readonly CommittedEvent[]): void {
    if (this.#own.size > maxOwnEvents) this.#own.clear();
    for (const event of events) {
      this.#own.add(event.id);
      this.#drop(
        event.tenantId,
        tagsDroppedBy(event.type, () => event.data),
        event,
      );
    }
  }

  /** Called with what the log brings, of all processes. */
  noteLog(events: readonly LogEvent[]): void {
    for (const event of events) {
      // Dropped when it was committed. A value loaded since then knows of it: it must not be dropped a second time.
      if (this.#own.delete(event.id) || event.tenantId === null) continue;
      this.#drop(
        event.tenantId,
        tagsDroppedBy(event.type, () => JSON.parse(event.data)),
        event,
      );
    }
  }

  #drop(tenantId: string, tags: readonly string[], at: Position): void {
    if (tags.length === 0) return;
    this.#drops++;
    let tenant = this.#tenants.get(tenantId);
    if (tenant === undefined) {
      tenant = { floor: this.#start, byTag: new Map() };
      this.#tenants.set(tenantId, tenant);
    }
    for (const tag of tags) {
      const before = tenant.byTag.get(tag)?.position;
      const position =
        before !== undefined && comparePositions(before, at) > 0 ? before : { xact: at.xact, id: at.id };
      tenant.byTag.set(tag, { position, drops: this.#drops });
    }
    if (tenant.byTag.size > maxTagsOfTenant) {
      const latest = [...tenant.byTag.values()].map((m) => m.position).reduce(later, this.#log.position);
      tenant.byTag.clear();
      tenant.floor = { position: latest, drops: this.#drops };
    }
  }

  /** Whether a value loaded in this process is still true. When it is, its mark is brought up to now. */
  isFresh(tenantId: string, tags: readonly string[], mark: Mark): boolean {
    if (mark.drops === this.#drops) return true;
    const tenant = this.#tenants.get(tenantId);
    if (mark.drops < (tenant?.floor ?? this.#start).drops) return false;
    for (const tag of tags) {
      const drop = tenant?.byTag.get(tag);
      if (drop !== undefined && mark.drops < drop.drops) return false;
    }
    mark.drops = this.#drops;
    return true;
  }

  /** Whether a value that another process loaded when the log stood at `position` is true here and now. */
  isFreshAt(tenantId: string, tags: readonly string[], position: Position): boolean {
    const tenant = this.#tenants.get(tenantId);
    if (comparePositions(position, (tenant?.floor ?? this.#start).position) < 0) return false;
    return tags.every((tag) => {
      const drop = tenant?.byTag.get(tag);
      return drop === undefined || comparePositions(position, drop.position) >= 0;
    });
  }
}

const later = (a: Position, b: Position): Position => (comparePositions(a, b) >= 0 ? a : b);
