/** The goods and suppliers of Northwind, as a tenant's own. Source: simulator/data/northwind/NOTICE.md. */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { createProducts } from '#modules/catalogue';
import type { Database, TenantContext } from '#platform/db';
import { addSupplier, sentOrder, setPrice } from './purchasing.ts';
import { settings } from './stock.ts';

export interface NorthwindGood {
  sku: string;
  supplier: string;
  packSize: number;
  priceMinor: number;
  inStock: number;
  onOrder: number;
  reorderLevel: number;
  discontinued: boolean;
}

const rows = (name: string): Record<string, string>[] =>
  parse(readFileSync(new URL(`../../../simulator/data/northwind/${name}.csv`, import.meta.url)), {
    columns: true,
  });

export function readNorthwind(): NorthwindGood[] {
  const names = new Map(rows('suppliers').map((s) => [s.SupplierID!, s.CompanyName!]));
  return rows('products').map((p) => ({
    sku: `NW-${p.ProductID!.padStart(3, '0')}`,
    supplier: names.get(p.SupplierID!)!,
    // Such as `24 - 12 oz bottles`.
    packSize: Number(/^\d+/.exec(p.QuantityPerUnit!)?.[0] ?? 1),
    priceMinor: Math.round(Number(p.UnitPrice) * 100),
    inStock: Number(p.UnitsInStock),
    onOrder: Number(p.UnitsOnOrder),
    reorderLevel: Number(p.ReorderLevel),
    discontinued: p.Discontinued === '1',
  }));
}

/** Suppliers that deliver the next day at the latest, their prices, the stock, and what is on order as orders that were sent. */
export async function seedNorthwind(
  db: Database,
  tenant: TenantContext,
  goods: NorthwindGood[],
): Promise<void> {
  await db.withTenant(tenant, async (tx) => {
    await createProducts(
      tx,
      goods.map((good) => ({
        name: good.sku,
        variants: [
          {
            ...{ sku: good.sku, priceMinor: good.priceMinor, currency: 'RON', onHand: good.inStock },
            status: good.discontinued ? ('archived' as const) : ('active' as const),
          },
        ],
      })),
      settings,
    );
    for (const [name, theirs] of Map.groupBy(goods, (good) => good.supplier)) {
      const { id } = await addSupplier(tx, { name, leadTimeDays: 0, reviewPeriodDays: 1 });
      for (const { sku, priceMinor, packSize } of theirs)
        await setPrice(tx, id, sku, { priceMinor, packSize });
      const ordered = theirs.filter((good) => good.onOrder > 0);
      if (ordered.length === 0) continue;
      const lines = ordered.map((g) => [g.sku, { quantity: g.onOrder, unitCostMinor: g.priceMinor }]);
      await sentOrder(tx, id, Object.fromEntries(lines));
    }
  });
}

/** So many pieces of each SKU sold on each of the days before `today`, as days that are over are kept. */
export async function sellDaily(
  db: Database,
  tenant: TenantContext,
  today: Date,
  daily: Record<string, number[]>,
): Promise<void> {
  await db.asSystem('days that are over', async (tx) => {
    await tx.execute(
      'insert into stock_rollup (tenant_id, through_day) values ($1, $2::date - 1) on conflict do nothing',
      [tenant.tenantId, today.toISOString().slice(0, 10)],
    );
    for (const [sku, sold] of Object.entries(daily)) {
      await tx.execute(
        `insert into stock_day (tenant_id, variant_id, location_id, day, on_hand, reserved, incoming, sold, returned, received, other)
         select $1, v.id, l.id, $3::date - (cardinality($4::int[]) - d.place + 1)::int, 0, 0, 0, d.sold, 0, 0, 0
         from variant v, location l, unnest($4::int[]) with ordinality as d (sold, place)
         where v.tenant_id = $1 and v.sku = $2 and l.tenant_id = $1 and l.code = 'main'`,
        [tenant.tenantId, sku, today.toISOString().slice(0, 10), sold],
      );
    }
  });
}
