/**
 * The one function that changes stock. Everything that reserves, gives back, sells or adjusts goes through it, alone
 * inside a flow's transaction or gathered with others (gatherer.ts).
 *
 * Invariants
 *   * Reservations are locked before levels, each kind in the order of its keys: no deadlock among callers of this function.
 *   * Decisions are taken on locked rows, in the order of the requests, and written by one statement whose conditions
 *     and the table's CHECKs would refuse a wrong decision.
 *   * A refused request leaves no trace and does not hinder the others of its batch.
 *   * One stock_changed per level and commit, with the figures after it; reservation rows and level figures change together.
 */
import { MAX_QUANTITY, type Reservation, type ShortLine } from '@tradepost/contracts';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import {
  type HeldReservation,
  lockLevels,
  lockReservations,
  type StockWrite,
  writeStock,
} from './queries.ts';
import type {
  AdjustRequest,
  EndRequest,
  Level,
  ReserveRequest,
  StockLine,
  StockOutcome,
  StockRequest,
} from './stock-request.ts';

interface WorkingLevel extends Level {
  onHandBefore: number;
  reservedBefore: number;
}

export interface StockSettings {
  /** A level is low when this many pieces or fewer are available. */
  lowStockThreshold: number;
}

/**
 * Applies requests in order, in the caller's transaction, and answers each.
 *
 * @throws only when the database does; an expected refusal is an outcome
 */
export async function applyStock(
  tx: TenantTx,
  requests: StockRequest[],
  settings: StockSettings,
): Promise<StockOutcome[]> {
  const ending = requests.filter((r) => r.kind === 'end').map((r) => r.reservationId);
  const held = new Map(ending.length === 0 ? [] : (await lockReservations(tx, ending)).map((r) => [r.id, r]));
  const batch = new Batch(tx, held, await lockLevels(tx, ...itemsOf(requests, held)));
  const outcomes = requests.map((request) => batch.apply(request));
  await batch.write(settings);
  return outcomes;
}

/** SKUs and variant ids that the requests touch. */
function itemsOf(requests: StockRequest[], held: Map<string, HeldReservation>): [string[], string[]] {
  const skus = new Set<string>();
  const variantIds = new Set<string>();
  const add = (line: { sku?: string; variantId?: string }): void => {
    if (line.variantId !== undefined) variantIds.add(line.variantId);
    else if (line.sku !== undefined) skus.add(line.sku);
  };
  for (const request of requests) {
    if (request.kind === 'reserve') request.lines.forEach(add);
    else if (request.kind === 'adjust') add(request.line);
    else held.get(request.reservationId)?.lines.forEach(add);
  }
  return [[...skus], [...variantIds]];
}

class Batch {
  #tx: TenantTx;
  #held: Map<string, HeldReservation>;
  #levels: WorkingLevel[];
  #byKey = new Map<string, WorkingLevel>();
  #byItem = new Map<string, WorkingLevel[]>();
  #write: StockWrite = { levels: [], reservations: [], reservationLines: [], endings: [], movements: [] };
  #expired: HeldReservation[] = [];

  constructor(tx: TenantTx, held: Map<string, HeldReservation>, levels: Level[]) {
    this.#tx = tx;
    this.#held = held;
    this.#levels = levels.map((l) => ({ ...l, onHandBefore: l.onHand, reservedBefore: l.reserved }));
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
      case 'end':
        return this.#end(request);
      case 'adjust':
        return this.#adjust(request);
    }
  }

  #find(line: Omit<StockLine, 'quantity'>): WorkingLevel | undefined {
    const levels = this.#byItem.get(line.variantId ?? line.sku ?? '') ?? [];
    return line.location === undefined
      ? (levels.find((l) => l.location === 'main') ?? levels[0])
      : levels.find((l) => l.location === line.location);
  }

  #reserve(request: ReserveRequest): StockOutcome {
    const wanted = new Map<WorkingLevel, number>();
    const unknown: number[] = [];
    request.lines.forEach((line, index) => {
      const level = this.#find(line);
      if (level === undefined) unknown.push(index);
      else wanted.set(level, (wanted.get(level) ?? 0) + line.quantity);
    });
    if (unknown.length > 0) return { ok: false, refusal: { reason: 'unknown_item', lines: unknown } };
    const short: ShortLine[] = [];
    for (const [level, asked] of wanted) {
      const available = level.onHand - level.reserved;
      if (asked > available) short.push({ sku: level.sku, asked, available });
    }
    if (short.length > 0) return { ok: false, refusal: { reason: 'short', lines: short } };

    const id = newId();
    const { reference, actor, expiresAt } = request;
    this.#write.reservations.push({ id, reference, actor, expiresAt });
    const lines: Reservation['lines'] = [];
    for (const [level, quantity] of wanted) {
      level.reserved += quantity;
      const { variantId, locationId, sku, location } = level;
      this.#write.reservationLines.push({ reservationId: id, variantId, locationId, quantity });
      lines.push({ sku, variantId, location, quantity });
    }
    const reservation: Reservation = {
      id,
      status: 'active',
      reference,
      lines,
      expiresAt: expiresAt?.toISOString() ?? null,
      createdAt: this.#tx.clock.now().toISOString(),
    };
    return { ok: true, reservation, levels: [...wanted.keys()] };
  }

  #end(request: EndRequest): StockOutcome {
    const held = this.#held.get(request.reservationId);
    if (held === undefined) return { ok: false, refusal: { reason: 'reservation_not_found' } };
    const levels = held.lines.map((line) => this.#byKey.get(`${line.variantId}/${line.locationId}`)!);
    // Ending it twice in the same way answers the same; in another way is a conflict, and the first ending stands.
    if (held.status === 'active') {
      held.status = request.as;
      this.#write.endings.push({ id: held.id, status: request.as });
      if (request.as === 'expired') this.#expired.push(held);
      held.lines.forEach((line, index) => {
        const level = levels[index]!;
        level.reserved -= line.quantity;
        if (request.as === 'confirmed') {
          level.onHand -= line.quantity;
          this.#move(level, -line.quantity, request, {
            kind: 'sale',
            reference: held.reference ?? `reservation:${held.id}`,
          });
        }
      });
    } else if (held.status !== request.as) {
      return { ok: false, refusal: { reason: 'reservation_ended', status: held.status } };
    }
    const reservation: Reservation = {
      id: held.id,
      status: held.status,
      reference: held.reference,
      lines: held.lines.map((line, index) => ({
        sku: levels[index]!.sku,
        variantId: line.variantId,
        location: levels[index]!.location,
        quantity: line.quantity,
      })),
      expiresAt: held.expiresAt?.toISOString() ?? null,
      createdAt: held.createdAt.toISOString(),
    };
    return { ok: true, reservation, levels };
  }

  #adjust(request: AdjustRequest): StockOutcome {
    const level = this.#find(request.line);
    if (level === undefined) return { ok: false, refusal: { reason: 'unknown_item', lines: [0] } };
    const { change } = request;
    const target = 'setTo' in change ? change.setTo : level.onHand + change.delta;
    if (target > MAX_QUANTITY * 1000) {
      return { ok: false, refusal: { reason: 'too_many', sku: level.sku, largest: MAX_QUANTITY * 1000 } };
    }
    if (target < level.reserved) {
      const line = { sku: level.sku, asked: level.onHand - target, available: level.onHand - level.reserved };
      return { ok: false, refusal: { reason: 'short', lines: [line] } };
    }
    const delta = target - level.onHand;
    if (delta !== 0) {
      level.onHand = target;
      this.#move(level, delta, request, {
        kind: request.movementKind,
        reason: request.reason,
        reference: request.reference,
        note: request.note,
      });
    }
    return { ok: true, reservation: null, levels: [level] };
  }

  #move(
    level: WorkingLevel,
    quantity: number,
    request: StockRequest,
    rest: { kind: string; reason?: string | null; reference: string | null; note?: string | null },
  ): void {
    this.#write.movements.push({
      id: newId(),
      variantId: level.variantId,
      locationId: level.locationId,
      quantity,
      onHandAfter: level.onHand,
      actor: request.actor,
      reason: null,
      note: null,
      ...rest,
    });
  }

  async write(settings: StockSettings): Promise<void> {
    const write = this.#write;
    const changed = this.#levels.filter(
      (l) => l.onHand !== l.onHandBefore || l.reserved !== l.reservedBefore,
    );
    write.levels = changed.map((l) => ({
      variantId: l.variantId,
      locationId: l.locationId,
      onHandDelta: l.onHand - l.onHandBefore,
      reservedDelta: l.reserved - l.reservedBefore,
    }));
    // A batch can end where it began, level by level, and still have holds and movements to write.
    if (write.levels.length + write.reservations.length + write.endings.length + write.movements.length === 0)
      return;
    await writeStock(this.#tx, write);
    for (const level of changed) {
      level.version += 1;
      level.updatedAt = this.#tx.clock.now();
      const { variantId, productId, sku, location, onHand, reserved, incoming, version } = level;
      const available = onHand - reserved;
      this.#tx.emit('stock_changed', {
        variantId,
        productId,
        sku,
        location,
        onHand,
        reserved,
        incoming,
        available,
        previousAvailable: level.onHandBefore - level.reservedBefore,
        low: available <= settings.lowStockThreshold,
        version,
        updatedAt: level.updatedAt.toISOString(),
      });
    }
    for (const held of this.#expired)
      this.#tx.emit('reservation_expired', { reservationId: held.id, reference: held.reference });
  }
}
