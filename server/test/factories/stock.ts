/** Products with stock, requests to it, and what must hold of it whatever happened. */
import { expect } from 'vitest';
import { createProducts } from '#modules/catalogue';
import type { Keyed, StockRequest } from '#modules/inventory';
import { sha256 } from '#platform/crypto';
import type { Database, TenantContext } from '#platform/db';

export const settings = { lowStockThreshold: 5, alertsEnabled: true };

/** One product per SKU with so many pieces on hand. */
export async function stock(
  db: Database,
  tenant: TenantContext,
  onHandBySku: Record<string, number>,
): Promise<void> {
  await db.withTenant(tenant, (tx) =>
    createProducts(
      tx,
      Object.entries(onHandBySku).map(([sku, onHand]) => ({
        name: sku,
        variants: [{ sku, priceMinor: 1000, currency: 'RON', onHand }],
      })),
      settings,
    ),
  );
}

export function reserving(
  lines: Record<string, number> | { sku: string; quantity: number }[],
  more: { reference?: string; expiresAt?: Date } = {},
): StockRequest {
  return {
    kind: 'reserve',
    actor: 'system',
    lines: Array.isArray(lines) ? lines : Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })),
    reference: more.reference ?? null,
    expiresAt: more.expiresAt ?? null,
  };
}

export function ending(reservationId: string, as: 'released' | 'confirmed' | 'expired'): StockRequest {
  return { kind: 'end', actor: 'system', reservationId, as };
}

export function adjusting(sku: string, change: { delta: number } | { setTo: number }): StockRequest {
  return {
    kind: 'adjust',
    actor: 'system',
    line: { sku },
    change,
    movementKind: 'adjustment',
    reason: null,
    reference: null,
    note: null,
  };
}

export interface LevelFigures {
  sku: string;
  onHand: number;
  reserved: number;
  version: number;
}

export async function levels(db: Database, tenant: TenantContext): Promise<Record<string, LevelFigures>> {
  const rows = await db.withTenant(tenant, (tx) =>
    tx.query<LevelFigures>(
      `select v.sku, s.on_hand as "onHand", s.reserved, s.version
       from stock_level s join variant v on v.tenant_id = s.tenant_id and v.id = s.variant_id`,
    ),
  );
  return Object.fromEntries(rows.map((row) => [row.sku, row]));
}

/** Every figure that two tables both know must be the same in both. */
export async function expectSoundStock(db: Database, tenant: TenantContext): Promise<void> {
  const broken = await db.withTenant(tenant, async (tx) => {
    const unsound = await tx.query(
      `select v.sku, s.on_hand, s.reserved, held.sum as held, moved.sum as moved from stock_level s
       join variant v on v.tenant_id = s.tenant_id and v.id = s.variant_id
       cross join lateral (select coalesce(sum(l.quantity), 0)::int as sum from reservation_line l
         join reservation r on r.tenant_id = l.tenant_id and r.id = l.reservation_id and r.status = 'active'
         where l.variant_id = s.variant_id and l.location_id = s.location_id) held
       cross join lateral (select coalesce(sum(m.quantity), 0)::int as sum from movement m
         where m.variant_id = s.variant_id and m.location_id = s.location_id) moved
       where s.reserved < 0 or s.reserved > s.on_hand or s.reserved <> held.sum or s.on_hand <> moved.sum`,
    );
    const ledger = await tx.query(
      `select * from (select variant_id, id, on_hand_after, sum(quantity) over (partition by variant_id, location_id order by level_version, id) as running
         from movement) m where on_hand_after <> running`,
    );
    // A level's version is 1 when made and grows by one with each event. The log's order among writers that waited for
    // each other is that of their transaction ids, which may be given before the wait, so readers go by the version.
    const announced = await tx.query(
      `select s.variant_id, s.version, e.versions from stock_level s join location p on p.tenant_id = s.tenant_id and p.id = s.location_id
       cross join lateral (select coalesce(array_agg((e.data->>'version')::int order by (e.data->>'version')::int), '{}') as versions from event e
         where e.type = 'stock_changed' and e.data->>'variantId' = s.variant_id::text and e.data->>'location' = p.code) e
       where e.versions <> array(select generate_series(2, s.version))`,
    );
    const wrongFigures = await tx.query(
      `select s.variant_id from stock_level s join location p on p.tenant_id = s.tenant_id and p.id = s.location_id
       join lateral (select e.data from event e where e.type = 'stock_changed' and e.data->>'variantId' = s.variant_id::text and e.data->>'location' = p.code
         order by (e.data->>'version')::int desc limit 1) e on true
       where (e.data->>'onHand')::int <> s.on_hand or (e.data->>'reserved')::int <> s.reserved
          or (e.data->>'available')::int <> s.on_hand - s.reserved`,
    );
    // The history has the level after each commit that changed it, in the order of the versions.
    const history = await tx.query(
      `select s.variant_id, s.version, h.versions from stock_level s
       cross join lateral (select coalesce(array_agg(h.version order by h.at, h.version), '{}') as versions,
           (array_agg((h.on_hand, h.reserved, h.incoming) order by h.at desc, h.version desc))[1] = (s.on_hand, s.reserved, s.incoming) as same
         from stock_history h where h.tenant_id = s.tenant_id and h.variant_id = s.variant_id and h.location_id = s.location_id) h
       where h.versions <> array(select generate_series(2, s.version)) or not h.same`,
    );
    return { unsound, ledger, announced, wrongFigures, history };
  });
  expect(broken).toEqual({ unsound: [], ledger: [], announced: [], wrongFigures: [], history: [] });
}

/** A request under an idempotency key; its repeats hear the reservation. */
export const keyed = (key: string, body = 'body'): Keyed => ({
  claim: {
    key,
    operation: 'createReservation',
    hash: sha256(body),
    formerHash: () => sha256(`former ${body}`),
  },
  present: ({ reservation }) => ({ status: 201, body: reservation }),
});
