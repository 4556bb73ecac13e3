/**
 * Histories of everything that changes stock, over two places, against a model that any reader can check in their head: adjust,
 * reserve, confirm, release, expire, transfer, receive, count, import and undo, each now and then broken off before its commit
 * or repeated after it. TRADEPOST_TEST_HISTORIES says how many; 100 when left out.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyStock, createStockGatherer, ensureLevels, type StockRequest } from '#modules/inventory';
import { newId } from '#platform/crypto';
import type { TenantContext, TenantTx } from '#platform/db';
import type { StoredRow } from '../src/flows/imports/kind.ts';
import { stockImports } from '../src/flows/imports/stock.ts';
import { putCountLine } from '../src/modules/inventory/counts/count-lines.ts';
import { applyCount, moveCount } from '../src/modules/inventory/counts/count-steps.ts';
import { openCount } from '../src/modules/inventory/counts/open-count.ts';
import { cancelTransfer, receiveTransfer } from '../src/modules/inventory/transfers/receive-transfer.ts';
import { sendTransfer } from '../src/modules/inventory/transfers/send-transfer.ts';
import { ending, keyed, settings, stock } from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const histories = Number(process.env.TRADEPOST_TEST_HISTORIES ?? 100);
/** A tenant's tables stay small, and a tenant is not made for each history. */
const historiesOfTenant = 100;

const database = useDatabase();
const items = ['A', 'B'] as const;
const places = ['main', 'shop'] as const;
type Item = (typeof items)[number];
type Place = (typeof places)[number];
interface Spot {
  item: Item;
  place: Place;
}

type Step = { crash: 'none' | 'before' | 'after' } & (
  | { do: 'adjust'; spot: Spot; change: { delta: number } | { setTo: number } }
  | { do: 'reserve'; lines: (Spot & { quantity: number })[] }
  | { do: 'end'; nth: number; as: 'released' | 'confirmed' | 'expired' }
  | { do: 'send'; spot: Spot; quantity: number }
  | { do: 'arrive'; nth: number; quantity: number; lost: number }
  | { do: 'bring back'; nth: number }
  | { do: 'order'; spot: Spot; quantity: number }
  | { do: 'receive'; nth: number; quantity: number }
  | { do: 'count'; spot: Spot; counted: number }
  | { do: 'import'; spot: Spot; onHand: number }
  | { do: 'undo'; nth: number }
);

const spot = fc.record({ item: fc.constantFrom(...items), place: fc.constantFrom(...places) });
const few = fc.integer({ min: 1, max: 6 });
const nth = fc.nat({ max: 4 });
const crash = fc.oneof(
  { weight: 8, arbitrary: fc.constant('none' as const) },
  { weight: 1, arbitrary: fc.constant('before' as const) },
  { weight: 1, arbitrary: fc.constant('after' as const) },
);
const a = <T extends string>(name: T) => fc.constant(name);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    ...{ crash, do: a('adjust'), spot },
    change: fc.oneof(
      fc.record({ delta: fc.integer({ min: -6, max: 6 }).filter((n) => n !== 0) }),
      fc.record({ setTo: fc.nat({ max: 15 }) }),
    ),
  }),
  fc.record({
    ...{ crash, do: a('reserve') },
    lines: fc.array(
      fc
        .record({ spot, quantity: fc.integer({ min: 1, max: 4 }) })
        .map((line) => ({ ...line.spot, quantity: line.quantity })),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  fc.record({
    ...{ crash, do: a('end'), nth },
    as: fc.constantFrom('released' as const, 'confirmed' as const, 'expired' as const),
  }),
  fc.record({ ...{ crash, do: a('send'), spot }, quantity: few }),
  fc.record({ ...{ crash, do: a('arrive'), nth }, quantity: fc.nat({ max: 4 }), lost: fc.nat({ max: 1 }) }),
  fc.record({ crash, do: a('bring back'), nth }),
  fc.record({ ...{ crash, do: a('order'), spot }, quantity: few }),
  fc.record({ ...{ crash, do: a('receive'), nth }, quantity: few }),
  fc.record({ ...{ crash, do: a('count'), spot }, counted: fc.nat({ max: 15 }) }),
  fc.record({ ...{ crash, do: a('import'), spot }, onHand: fc.nat({ max: 15 }) }),
  fc.record({ crash, do: a('undo'), nth }),
);

interface Figures {
  onHand: number;
  reserved: number;
  incoming: number;
}

/** What there is, and what the steps have made so far. */
class Model {
  levels = new Map<string, Figures>(
    items.flatMap((item) =>
      places.map((place) => [
        `${item}@${place}`,
        { onHand: place === 'main' ? 10 : 5, reserved: 0, incoming: 0 },
      ]),
    ),
  );
  holds: { id: string; status: string; lines: Map<string, number> }[] = [];
  transfers: { id: string; spot: Spot; inTransit: number; status: string }[] = [];
  orders: { spot: Spot; open: number }[] = [];
  imports: { id: string; spot: Spot; from: number; to: number; undone: boolean }[] = [];

  at({ item, place }: Spot): Figures {
    return this.levels.get(`${item}@${place}`)!;
  }

  /** Leaves so many on hand; the newest holds go as far as they must. */
  setWithRelease(where: Spot, onHand: number): void {
    const level = this.at(where);
    for (const hold of this.holds.toReversed()) {
      if (level.reserved <= onHand) break;
      if (hold.status !== 'active' || !hold.lines.has(`${where.item}@${where.place}`)) continue;
      hold.status = 'released';
      for (const [key, quantity] of hold.lines) this.levels.get(key)!.reserved -= quantity;
    }
    level.onHand = onHand;
  }
}

const other = ({ item, place }: Spot): Spot => ({ item, place: place === 'main' ? 'shop' : 'main' });

class Crash extends Error {}

/** One history in a tenant, over SKUs of its own. */
class Run {
  readonly model = new Model();
  readonly #tenant: TenantContext;
  readonly #prefix = newId();
  readonly #gatherer = createStockGatherer({ db: database.current.db, settings });
  #requests = 0;

  constructor(tenant: TenantContext) {
    this.#tenant = tenant;
  }

  #sku(item: Item): string {
    return `${this.#prefix}-${item}`;
  }

  #line({ item, place }: Spot) {
    return { sku: this.#sku(item), location: place };
  }

  async begin(): Promise<void> {
    const { db } = database.current;
    await stock(db, this.#tenant, Object.fromEntries(items.map((item) => [this.#sku(item), 10])));
    await db.withTenant(this.#tenant, async (tx) => {
      const levels = await tx.query<{ variantId: string; locationId: string }>(
        `select v.id as "variantId", l.id as "locationId" from variant v, location l
         where v.tenant_id = $1 and l.tenant_id = $1 and v.sku = any ($2) and l.code = 'shop'`,
        [tx.tenantId, items.map((item) => this.#sku(item))],
      );
      await ensureLevels(tx, levels);
      const set = items.map((item) => this.#adjusting({ item, place: 'shop' }, { setTo: 5 }));
      await applyStock(tx, set, settings);
    });
  }

  #adjusting(
    where: Spot,
    change: { delta: number } | { setTo: number },
    more: Partial<Extract<StockRequest, { kind: 'adjust' }>> = {},
  ): StockRequest {
    return {
      ...{ kind: 'adjust', actor: 'system', line: this.#line(where), change, movementKind: 'adjustment' },
      ...{ reason: null, reference: null, note: null, ...more },
    };
  }

  /** Does the work in a transaction, or breaks it off at its very end. @returns whether it was committed and did something */
  async #commit(crashes: boolean, work: (tx: TenantTx) => Promise<boolean>): Promise<boolean> {
    try {
      return await database.current.db.withTenant(this.#tenant, async (tx) => {
        const done = await work(tx);
        if (crashes) throw new Crash();
        return done;
      });
    } catch (error) {
      if (error instanceof Crash) return false;
      // What the calls refuse, in a transaction that is given up.
      if (error instanceof Error && error.name === 'HttpProblem') return false;
      throw error;
    }
  }

  /** One after the other, as one caller does; `after`: the answer is lost and the caller asks once more where that is safe. */
  async take(step: Step): Promise<void> {
    const { model } = this;
    const crashes = step.crash === 'before';
    const apply = (request: StockRequest) =>
      this.#commit(crashes, async (tx) => (await applyStock(tx, [request], settings))[0]!.ok);
    switch (step.do) {
      case 'adjust': {
        const level = model.at(step.spot);
        const target = 'setTo' in step.change ? step.change.setTo : level.onHand + step.change.delta;
        const done = await apply(this.#adjusting(step.spot, step.change));
        expect(done).toBe(!crashes && target >= level.reserved);
        if (done) level.onHand = target;
        return;
      }
      case 'reserve': {
        const wanted = new Map<string, number>();
        for (const { item, place, quantity } of step.lines)
          wanted.set(`${item}@${place}`, (wanted.get(`${item}@${place}`) ?? 0) + quantity);
        const fits = [...wanted].every(([key, quantity]) => {
          const { onHand, reserved } = model.levels.get(key)!;
          return quantity <= onHand - reserved;
        });
        const ask = () =>
          this.#gatherer.submit(
            this.#tenant.tenantId,
            {
              ...{ kind: 'reserve', actor: 'system', reference: null, expiresAt: null },
              lines: step.lines.map((line) => ({ ...this.#line(line), quantity: line.quantity })),
            },
            keyed(`${this.#prefix}-${this.#requests}`),
          );
        this.#requests += 1;
        const outcome = await ask();
        expect(outcome.ok).toBe(fits);
        if (step.crash === 'after') expect((await ask()).ok).toBe(fits);
        if (!outcome.ok || !('reservation' in outcome)) return;
        for (const [key, quantity] of wanted) model.levels.get(key)!.reserved += quantity;
        model.holds.push({ id: outcome.reservation!.id, status: 'active', lines: wanted });
        return;
      }
      case 'end': {
        const hold = model.holds.at(-1 - step.nth);
        if (hold === undefined) return;
        const done = await apply(ending(hold.id, step.as));
        expect(done).toBe(!crashes && (hold.status === 'active' || hold.status === step.as));
        if (!done) return;
        if (step.crash === 'after') expect(await apply(ending(hold.id, step.as))).toBe(true);
        if (hold.status !== 'active') return;
        hold.status = step.as;
        for (const [key, quantity] of hold.lines) {
          model.levels.get(key)!.reserved -= quantity;
          if (step.as === 'confirmed') model.levels.get(key)!.onHand -= quantity;
        }
        return;
      }
      case 'send': {
        const { item, place } = step.spot;
        const to = other(step.spot);
        let id = '';
        const done = await this.#commit(crashes, async (tx) => {
          const lines = [{ sku: this.#sku(item), quantity: step.quantity }];
          ({ id } = await sendTransfer(tx, { from: place, to: to.place, lines }, settings));
          return true;
        });
        const { onHand, reserved } = model.at(step.spot);
        expect(done).toBe(!crashes && step.quantity <= onHand - reserved);
        if (!done) return;
        model.at(step.spot).onHand -= step.quantity;
        model.at(to).incoming += step.quantity;
        model.transfers.push({ id, spot: to, inTransit: step.quantity, status: 'sent' });
        return;
      }
      case 'arrive': {
        const transfer = model.transfers.at(-1 - step.nth);
        if (transfer === undefined || step.quantity + step.lost === 0) return;
        const line = { sku: this.#sku(transfer.spot.item), quantity: step.quantity, lost: step.lost };
        const lines = [step.lost > 0 ? { ...line, reason: 'broken' } : line];
        const done = await this.#commit(crashes, async (tx) => {
          await receiveTransfer(tx, transfer.id, { lines }, settings);
          return true;
        });
        const fits = transfer.status === 'sent' && step.quantity + step.lost <= transfer.inTransit;
        expect(done).toBe(!crashes && fits);
        if (!done) return;
        const level = model.at(transfer.spot);
        level.incoming -= step.quantity + step.lost;
        level.onHand += step.quantity;
        transfer.inTransit -= step.quantity + step.lost;
        if (transfer.inTransit === 0) transfer.status = 'received';
        return;
      }
      case 'bring back': {
        const transfer = model.transfers.at(-1 - step.nth);
        if (transfer === undefined) return;
        const done = await this.#commit(crashes, async (tx) => {
          await cancelTransfer(tx, transfer.id, settings);
          return true;
        });
        expect(done).toBe(!crashes && transfer.status !== 'received');
        if (!done || transfer.status === 'cancelled') return;
        model.at(transfer.spot).incoming -= transfer.inTransit;
        model.at(other(transfer.spot)).onHand += transfer.inTransit;
        Object.assign(transfer, { inTransit: 0, status: 'cancelled' });
        return;
      }
      case 'order': {
        const coming = this.#adjusting(step.spot, { delta: 0 }, { incomingDelta: step.quantity });
        expect(await apply(coming)).toBe(!crashes);
        if (crashes) return;
        model.at(step.spot).incoming += step.quantity;
        model.orders.push({ spot: step.spot, open: step.quantity });
        return;
      }
      case 'receive': {
        const order = model.orders.at(-1 - step.nth);
        const quantity = Math.min(step.quantity, order?.open ?? 0);
        if (order === undefined || quantity === 0) return;
        const came = { movementKind: 'receipt', incomingDelta: -quantity } as const;
        expect(await apply(this.#adjusting(order.spot, { delta: quantity }, came))).toBe(!crashes);
        if (crashes) return;
        order.open -= quantity;
        model.at(order.spot).incoming -= quantity;
        model.at(order.spot).onHand += quantity;
        return;
      }
      case 'count': {
        const { item, place } = step.spot;
        const done = await this.#commit(crashes, async (tx) => {
          const sku = this.#sku(item);
          const { id } = await openCount(tx, { location: place, skus: [sku] });
          await putCountLine(tx, id, { code: sku, quantity: step.counted, mode: 'set' });
          await moveCount(tx, id, 'reviewing');
          await applyCount(tx, id, settings);
          return true;
        });
        expect(done).toBe(!crashes);
        if (done) model.setWithRelease(step.spot, step.counted);
        return;
      }
      case 'import': {
        const level = model.at(step.spot);
        if (level.onHand === step.onHand) return;
        const done = { id: newId(), spot: step.spot, from: level.onHand, to: step.onHand, undone: false };
        const applied = await this.#commit(crashes, (tx) => this.#importing(tx, done, 'apply'));
        expect(applied).toBe(!crashes);
        if (!applied) return;
        model.imports.push(done);
        model.setWithRelease(step.spot, step.onHand);
        return;
      }
      case 'undo': {
        const made = model.imports.at(-1 - step.nth);
        if (made === undefined || made.undone) return;
        const done = await this.#commit(crashes, (tx) => this.#importing(tx, made, 'undo'));
        // What was changed since is left as it is.
        expect(done).toBe(!crashes && model.at(made.spot).onHand === made.to);
        if (!done) return;
        made.undone = true;
        model.setWithRelease(made.spot, made.from);
      }
    }
  }

  async #importing(
    tx: TenantTx,
    { id, spot: where, from, to }: Model['imports'][number],
    way: 'apply' | 'undo',
  ) {
    const { sku, location } = this.#line(where);
    const { variantId } = await tx.one<{ variantId: string }>(
      'select id as "variantId" from variant where tenant_id = $1 and sku = $2',
      [tx.tenantId, sku],
    );
    const row: StoredRow = {
      ...{ row: 2, outcome: 'changed', key: sku, location, groupKey: null, targetId: variantId },
      ...{ said: { sku, location, onHand: to }, before: { onHand: from } },
    };
    const scope = { tx, importId: id, emptyCells: 'keep' as const, settings };
    return (await stockImports[way](scope, [row]))[0]!.done;
  }

  /** The database against the model, and each book against the others. */
  async check(): Promise<void> {
    const rows = await database.current.db.withTenant(this.#tenant, (tx) =>
      tx.query<Figures & { key: string; moved: number; held: number; last: Figures; holds: string[] }>(
        `select right(v.sku, 1) || '@' || l.code as key, s.on_hand as "onHand", s.reserved, s.incoming,
           (select coalesce(sum(m.quantity), 0)::int from movement m
            where m.tenant_id = s.tenant_id and m.variant_id = s.variant_id and m.location_id = s.location_id) as moved,
           (select coalesce(sum(x.quantity), 0)::int from reservation_line x
            join reservation r on r.tenant_id = x.tenant_id and r.id = x.reservation_id and r.status = 'active'
            where x.tenant_id = s.tenant_id and x.variant_id = s.variant_id and x.location_id = s.location_id) as held,
           (select jsonb_build_object('onHand', h.on_hand, 'reserved', h.reserved, 'incoming', h.incoming) from stock_history h
            where h.tenant_id = s.tenant_id and h.variant_id = s.variant_id and h.location_id = s.location_id
            order by h.at desc, h.version desc limit 1) as last
         from stock_level s join variant v on v.tenant_id = s.tenant_id and v.id = s.variant_id
         join location l on l.tenant_id = s.tenant_id and l.id = s.location_id
         where s.tenant_id = $1 and v.sku = any ($2)`,
        [this.#tenant.tenantId, items.map((item) => this.#sku(item))],
      ),
    );
    const figures = ({ onHand, reserved, incoming }: Figures) => ({ onHand, reserved, incoming });
    expect(Object.fromEntries(rows.map((row) => [row.key, figures(row)]))).toEqual(
      Object.fromEntries(this.model.levels),
    );
    for (const row of rows) {
      expect({ key: row.key, moved: row.moved, held: row.held, last: row.last }).toEqual({
        ...{ key: row.key, moved: row.onHand, held: row.reserved, last: figures(row) },
      });
    }
    const statuses = await database.current.db.withTenant(this.#tenant, (tx) =>
      tx.query<{ id: string; status: string }>(
        'select id, status from reservation where tenant_id = $1 and id = any ($2)',
        [this.#tenant.tenantId, this.model.holds.map((hold) => hold.id)],
      ),
    );
    expect(Object.fromEntries(statuses.map((s) => [s.id, s.status]))).toEqual(
      Object.fromEntries(this.model.holds.map((hold) => [hold.id, hold.status])),
    );
  }
}

test(`${histories} histories of all that changes stock go as the model says, and every book agrees`, {
  timeout: 60_000 + histories * 500,
}, async () => {
  const { db, createTenant } = database.current;
  let made = 0;
  let tenant: TenantContext | undefined;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      if (tenant === undefined || made++ % historiesOfTenant === 0) {
        tenant = await createTenant();
        await db.withTenant(tenant, (tx) =>
          tx.execute(
            "insert into location (tenant_id, id, code, name, priority) values ($1, $2, 'shop', 'Shop', 1)",
            [tx.tenantId, newId()],
          ),
        );
      }
      const run = new Run(tenant);
      await run.begin();
      for (const each of steps) await run.take(each);
      await run.check();
    }),
    { numRuns: histories },
  );
});
