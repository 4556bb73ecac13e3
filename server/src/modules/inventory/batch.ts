/** Decides the requests of a batch on locked rows, in memory, and writes what came of them. */
import { MAX_QUANTITY, type Reservation } from '@tradepost/contracts';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { allocate, inOrder } from './allocate.ts';
import { alertOf, announce, type ChangedLevel } from './announce.ts';
import type { StockSettings } from './apply-stock.ts';
import { type HeldReservation, type LockedLevel, type StockWrite, writeStock } from './queries.ts';
import type {
  AdjustRequest,
  EndRequest,
  ExtendRequest,
  GivenUpHold,
  ReserveRequest,
  SellRequest,
  StockDone,
  StockOutcome,
  StockRefusal,
  StockRequest,
} from './stock-request.ts';

/** The most pieces a level may count. */
const maxOnHand = MAX_QUANTITY * 1000;

const refused = (refusal: StockRefusal): StockOutcome => ({ ok: false, refusal });

export class StockBatch {
  #tx: TenantTx;
  #now: Date;
  #held: Map<string, HeldReservation>;
  #settings: StockSettings;
  #levels: ChangedLevel[];
  #byKey = new Map<string, ChangedLevel>();
  #byItem = new Map<string, ChangedLevel[]>();
  #write: StockWrite;
  /** By reservation, so that one extended and then ended is written once. */
  #changes = new Map<string, StockWrite['changes'][number]>();
  #ended: { held: HeldReservation; why: 'expired' | 'released'; reason: string }[] = [];
  /** Levels with an opening movement: what they begin with is no crossing. */
  #opened = new Set<ChangedLevel>();
  /** More is reserved of a level that had to give up holds than the known holds explain. */
  missedHolds = false;

  constructor(
    tx: TenantTx,
    held: Map<string, HeldReservation>,
    levels: LockedLevel[],
    settings: StockSettings,
  ) {
    this.#tx = tx;
    this.#now = tx.clock.now();
    const empty = { levels: [], reservations: [], reservationLines: [], changes: [], movements: [] };
    this.#write = { now: this.#now, ...empty };
    this.#held = held;
    this.#settings = settings;
    this.#levels = levels.map((l) => ({
      ...l,
      before: { onHand: l.onHand, reserved: l.reserved, incoming: l.incoming },
    }));
    for (const level of this.#levels) {
      this.#byKey.set(`${level.variantId}/${level.locationId}`, level);
      for (const item of [level.sku, level.variantId]) {
        const list = this.#byItem.get(item);
        if (list === undefined) this.#byItem.set(item, [level]);
        else list.push(level);
      }
    }
  }

  apply(request: StockRequest): StockOutcome {
    switch (request.kind) {
      case 'reserve':
        return this.#reserve(request);
      case 'sell':
        return this.#sell(request);
      case 'end':
        return this.#end(request);
      case 'extend':
        return this.#extend(request);
      case 'adjust':
        return this.#adjust(request);
    }
  }

  #take(request: ReserveRequest | SellRequest, id: string): StockOutcome {
    const { lines, reference, actor } = request;
    const isSale = request.kind === 'sell';
    const isPartial = request.kind === 'reserve' && request.partial === true;
    const { taken, short, unknown } = allocate(
      lines,
      (item) => this.#byItem.get(item) ?? [],
      request.kind === 'reserve' ? request.allocation : undefined,
    );
    if (unknown.length > 0) return refused({ reason: 'unknown_item', lines: unknown });
    if (short.length > 0 && (!isPartial || taken.size === 0))
      return refused({ reason: 'short', lines: short });
    const status = isSale ? 'confirmed' : 'active';
    const expiresAt = isSale ? null : request.expiresAt;
    this.#write.reservations.push({ id, status, reference, actor, expiresAt });
    const levels: ChangedLevel[] = [];
    const held: HeldReservation = {
      id,
      status,
      reference,
      expiresAt,
      createdAt: this.#now,
      lines: [],
    };
    for (const [shelf, quantity] of taken) {
      const level = shelf as ChangedLevel;
      const { variantId, locationId } = level;
      if (isSale) this.#move(level, -quantity, request, { kind: 'sale', reference });
      else level.reserved += quantity;
      this.#write.reservationLines.push({ reservationId: id, variantId, locationId, quantity });
      held.lines.push({ variantId, locationId, quantity });
      levels.push(level);
    }
    // A repeat of the sale in the same batch must find it.
    if (isSale) this.#held.set(id, held);
    return this.#done({ reservation: this.#present(held), levels, short });
  }

  #reserve(request: ReserveRequest): StockOutcome {
    return this.#take(request, newId());
  }

  #sell(request: SellRequest): StockOutcome {
    const before = this.#held.get(request.saleId);
    if (before === undefined) return this.#take(request, request.saleId);
    const asked = new Map<string, number>();
    for (const { sku, variantId, quantity } of request.lines) {
      const item = this.#byItem.get(variantId ?? sku ?? '')?.[0]?.variantId ?? '';
      asked.set(item, (asked.get(item) ?? 0) + quantity);
    }
    for (const { variantId, quantity } of before.lines)
      asked.set(variantId, (asked.get(variantId) ?? 0) - quantity);
    if ([...asked.values()].some((rest) => rest !== 0)) return refused({ reason: 'sold_otherwise' });
    return this.#done({ reservation: this.#present(before), levels: this.#levelsOf(before) });
  }

  #end(request: EndRequest): StockOutcome {
    const held = this.#held.get(request.reservationId);
    if (held === undefined) return refused({ reason: 'reservation_not_found' });
    if (request.onlyWithDeadline && held.expiresAt === null) return refused({ reason: 'held_for_order' });
    // Ending it twice in the same way answers the same; in another way is a conflict, and the first ending stands.
    if (held.status === 'active') {
      if (request.as === 'confirmed') {
        held.lines.forEach((line, index) => {
          const level = this.#levelsOf(held)[index]!;
          level.reserved -= line.quantity;
          const reference = held.reference ?? `reservation:${held.id}`;
          this.#move(level, -line.quantity, request, { kind: 'sale', reference });
        });
      } else this.#giveBack(held);
      held.status = request.as;
      this.#change(held, null);
      if (request.as === 'expired') this.#ended.push({ held, why: 'expired', reason: 'deadline' });
    } else if (held.status !== request.as) {
      return refused({ reason: 'reservation_ended', status: held.status });
    }
    return this.#done({ reservation: this.#present(held), levels: this.#levelsOf(held) });
  }

  #extend(request: ExtendRequest): StockOutcome {
    const held = this.#held.get(request.reservationId);
    if (held === undefined) return refused({ reason: 'reservation_not_found' });
    if (held.status !== 'active') return refused({ reason: 'reservation_ended', status: held.status });
    if (held.expiresAt === null) return refused({ reason: 'held_for_order' });
    held.expiresAt = request.expiresAt;
    this.#change(held, null);
    return this.#done({ reservation: this.#present(held), levels: this.#levelsOf(held) });
  }

  #adjust(request: AdjustRequest): StockOutcome {
    const shelves = this.#byItem.get(request.line.variantId ?? request.line.sku ?? '') ?? [];
    const { location } = request.line;
    const level = (
      location === undefined ? inOrder(shelves)[0] : shelves.find((l) => l.location === location)
    ) as ChangedLevel | undefined;
    if (level === undefined) return refused({ reason: 'unknown_item', lines: [0] });
    const { change, expectedOnHand, incomingDelta = 0 } = request;
    const { sku, onHand } = level;
    if (expectedOnHand !== undefined && expectedOnHand !== onHand) {
      return refused({ reason: 'changed', sku, location: level.location, expectedOnHand, onHand });
    }
    const target = 'setTo' in change ? change.setTo : onHand + change.delta;
    if (target > maxOnHand) return refused({ reason: 'too_many', sku, largest: maxOnHand });
    const delta = target - onHand;
    const givenUp: GivenUpHold[] = [];
    if (target < level.reserved && delta !== 0) {
      const short = { sku, asked: -delta, available: onHand - level.reserved };
      if (target < 0 || request.whenHeld !== 'release') return refused({ reason: 'short', lines: [short] });
      const newest = this.#newestHolds(level, level.reserved - target);
      if (newest === null) {
        this.missedHolds = true;
        return refused({ reason: 'short', lines: [short] });
      }
      for (const held of newest) givenUp.push(this.#giveUp(held, request.reference ?? 'count'));
    }
    level.incoming += incomingDelta;
    if (delta !== 0) {
      const { movementKind: kind, reason, reference, note } = request;
      if (kind === 'opening') this.#opened.add(level);
      this.#move(level, delta, request, { kind, reason, reference, note });
    }
    return this.#done({ reservation: null, levels: [level], givenUp });
  }

  /** The newest holds of the level that together have so many pieces of it; null when the known ones have fewer. */
  #newestHolds(level: ChangedLevel, pieces: number): HeldReservation[] | null {
    const newest: HeldReservation[] = [];
    let left = pieces;
    for (const held of [...this.#held.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1))) {
      if (left <= 0) break;
      if (held.status !== 'active') continue;
      const line = held.lines.find(
        (l) => l.variantId === level.variantId && l.locationId === level.locationId,
      );
      if (line === undefined) continue;
      newest.push(held);
      left -= line.quantity;
    }
    return left <= 0 ? newest : null;
  }

  #giveUp(held: HeldReservation, reason: string): GivenUpHold {
    this.#giveBack(held);
    held.status = 'released';
    this.#change(held, reason);
    this.#ended.push({ held, why: 'released', reason });
    return { reservationId: held.id, reference: held.reference };
  }

  #giveBack(held: HeldReservation): void {
    held.lines.forEach((line, index) => {
      this.#levelsOf(held)[index]!.reserved -= line.quantity;
    });
  }

  #change({ id, status, expiresAt }: HeldReservation, endReason: string | null): void {
    this.#changes.set(id, { id, status, expiresAt, endReason });
  }

  #levelsOf(held: HeldReservation): ChangedLevel[] {
    return held.lines.map((line) => this.#byKey.get(`${line.variantId}/${line.locationId}`)!);
  }

  #present(held: HeldReservation): Reservation {
    const levels = this.#levelsOf(held);
    return {
      id: held.id,
      status: held.status,
      reference: held.reference,
      lines: held.lines.map(({ variantId, quantity }, i) => {
        const { sku, location } = levels[i]!;
        return { sku, variantId, location, quantity };
      }),
      expiresAt: held.expiresAt?.toISOString() ?? null,
      createdAt: held.createdAt.toISOString(),
    };
  }

  #done(done: Pick<StockDone, 'reservation' | 'levels'> & Partial<StockDone>): StockDone {
    return { short: [], givenUp: [], ...done, ok: true };
  }

  #move(
    level: ChangedLevel,
    quantity: number,
    request: StockRequest,
    rest: { kind: string; reason?: string | null; reference: string | null; note?: string | null },
  ): void {
    level.onHand += quantity;
    this.#write.movements.push({
      id: newId(),
      variantId: level.variantId,
      locationId: level.locationId,
      quantity,
      onHandAfter: level.onHand,
      actor: request.actor,
      levelVersion: level.version + 1,
      at: new Date(Math.max(level.updatedAt.getTime(), this.#now.getTime())),
      reason: null,
      note: null,
      ...rest,
    });
  }

  /** The levels are as they will be once the write has begun, before it is done. */
  async write(): Promise<void> {
    const write = this.#write;
    write.changes = [...this.#changes.values()];
    const changed = this.#levels.filter(
      ({ before, onHand, reserved, incoming }) =>
        onHand !== before.onHand || reserved !== before.reserved || incoming !== before.incoming,
    );
    const written = changed.map((level) => ({ level, alert: alertOf(level, this.#settings) }));
    write.levels = written.map(({ level, alert }) => ({
      variantId: level.variantId,
      locationId: level.locationId,
      onHandDelta: level.onHand - level.before.onHand,
      reservedDelta: level.reserved - level.before.reserved,
      incomingDelta: level.incoming - level.before.incoming,
      alert,
    }));
    // A batch can end where it began, level by level, and still have holds and movements to write.
    const { levels, reservations, changes, movements } = write;
    if (levels.length + reservations.length + changes.length + movements.length === 0) return;
    const writing = writeStock(this.#tx, write);
    for (const level of changed) {
      level.version += 1;
      if (level.updatedAt < this.#now) level.updatedAt = this.#now;
    }
    await Promise.all([writing, announce(this.#tx, written, this.#opened, this.#settings)]);
    for (const { held, why, reason } of this.#ended) {
      const { id: reservationId, reference } = held;
      if (why === 'expired') this.#tx.emit('reservation_expired', { reservationId, reference });
      else this.#tx.emit('reservation_released', { reservationId, reference, reason });
    }
  }
}
