/** Histories of stock against a model that any reader can check in their head. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createStockGatherer, type GatheredOutcome, type StockRequest } from '#modules/inventory';
import {
  adjusting,
  ending,
  expectSoundStock,
  levels,
  reserving,
  settings,
  stock,
} from './factories/stock.ts';
import { useDatabase } from './support/database.ts';

const database = useDatabase();
const skus = ['A', 'B', 'C'] as const;

type End = 'released' | 'confirmed' | 'expired';
type Step =
  | { do: 'reserve'; lines: { sku: string; quantity: number }[] }
  /** `nth` of the reservations made so far. */
  | { do: 'end'; nth: number; as: End }
  | { do: 'adjust'; sku: string; change: { delta: number } | { setTo: number } };

const sku = fc.constantFrom(...skus);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      // Z is no SKU.
      lines: fc.array(
        fc.record({
          sku: fc.oneof({ weight: 12, arbitrary: sku }, fc.constant('Z')),
          quantity: fc.integer({ min: 1, max: 6 }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      nth: fc.nat({ max: 12 }),
      as: fc.constantFrom<End>('released', 'confirmed', 'expired'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('adjust' as const),
      sku,
      change: fc.oneof(
        fc.record({ delta: fc.integer({ min: -8, max: 8 }).filter((n) => n !== 0) }),
        fc.record({ setTo: fc.nat({ max: 25 }) }),
      ),
    }),
  },
);
/** What is asked in the same turn is one batch. */
const history = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 8 });

class Model {
  levels = new Map(skus.map((s) => [s as string, { onHand: 10, reserved: 0 }]));
  reservations: { status: 'active' | End; lines: Map<string, number> }[] = [];

  /** True when the step must succeed, and then its effect is taken. */
  apply(step: Step): boolean {
    switch (step.do) {
      case 'reserve': {
        const lines = new Map<string, number>();
        for (const line of step.lines) lines.set(line.sku, (lines.get(line.sku) ?? 0) + line.quantity);
        const fits = [...lines].every(([name, quantity]) => {
          const level = this.levels.get(name);
          return level !== undefined && quantity <= level.onHand - level.reserved;
        });
        if (!fits) return false;
        for (const [name, quantity] of lines) this.levels.get(name)!.reserved += quantity;
        this.reservations.push({ status: 'active', lines });
        return true;
      }
      case 'end': {
        const reservation = this.reservations[step.nth];
        if (reservation === undefined) return false;
        if (reservation.status !== 'active') return reservation.status === step.as;
        reservation.status = step.as;
        for (const [name, quantity] of reservation.lines) {
          const level = this.levels.get(name)!;
          level.reserved -= quantity;
          if (step.as === 'confirmed') level.onHand -= quantity;
        }
        return true;
      }
      case 'adjust': {
        const level = this.levels.get(step.sku)!;
        const target = 'setTo' in step.change ? step.change.setTo : level.onHand + step.change.delta;
        if (target < level.reserved) return false;
        level.onHand = target;
        return true;
      }
    }
  }
}

test('any history of reserving, ending and adjusting goes as the model says, and every book agrees', {
  timeout: 90_000,
}, async () => {
  const { db, createTenant } = database.current;
  const gatherer = createStockGatherer({ db, settings });
  await fc.assert(
    fc.asyncProperty(history, async (batches) => {
      const tenant = await createTenant();
      await stock(db, tenant, { A: 10, B: 10, C: 10 });
      const model = new Model();
      const ids: string[] = [];
      for (const batch of batches) {
        // A reservation of this very batch has no id yet, so its end can only be asked for in the next.
        const known = ids.length;
        const steps = batch.filter((s) => s.do !== 'end' || s.nth < known);
        const expected = steps.map((s) => model.apply(s));
        const outcomes = await Promise.all(
          steps.map((s) => gatherer.submit(tenant.tenantId, requestOf(s, ids))),
        );
        expect(outcomes.map((o) => o.ok)).toEqual(expected);
        for (const [i, outcome] of outcomes.entries()) {
          const id = made(outcome);
          if (steps[i]!.do === 'reserve' && id !== null) ids.push(id);
        }
      }
      expect(await levels(db, tenant)).toMatchObject(Object.fromEntries(model.levels));
      const statuses = await db.withTenant(tenant, (tx) =>
        tx.query<{ status: string }>('select status from reservation order by id'),
      );
      expect(statuses.map((s) => s.status)).toEqual(model.reservations.map((r) => r.status));
      await expectSoundStock(db, tenant);
    }),
    { numRuns: 300 },
  );
});

function requestOf(step: Step, ids: string[]): StockRequest {
  switch (step.do) {
    case 'reserve':
      return reserving(step.lines);
    case 'end':
      return ending(ids[step.nth]!, step.as);
    case 'adjust':
      return adjusting(step.sku, step.change);
  }
}

function made(outcome: GatheredOutcome): string | null {
  return outcome.ok && 'reservation' in outcome && outcome.reservation !== null
    ? outcome.reservation.id
    : null;
}
