/** Changing many products at once, and taking it back. */
import { type BulkAction, type BulkResult, MAX_PRICE_MINOR, type ProductStatus } from '@tradepost/contracts';
import { newId } from '#platform/crypto';
import { sqlState, type TenantTx } from '#platform/db';
import { invalidField, problem } from '#platform/http';
import { knownCategory } from './create-products.ts';
import { findOrMakeBrands } from './names.ts';

type Column = 'status' | 'category_id' | 'brand_id' | 'deleted_at';

/** What a change replaced: of each product the value of a column, or the prices of its variants, and its version since. */
interface Replaced {
  column: Column | 'prices';
  products: {
    id: string;
    version: number;
    before: string | null | [variantId: string, priceMinor: number][];
  }[];
}

interface LockedProduct {
  id: string;
  name: string;
  status: ProductStatus;
  category_id: string | null;
  brand_id: string | null;
  deleted_at: string | null;
}

type PriceChange = Extract<BulkAction, { type: 'add_to_price' | 'change_price_by' }>;

/**
 * Changes all of these products or none, in the caller's transaction, and keeps what it replaced for a day.
 *
 * @param ids at most MAX_BULK_PRODUCTS
 * @throws HttpProblem NOT_FOUND, VALIDATION_FAILED when a price would leave its bounds or the category is none
 */
export async function changeProducts(tx: TenantTx, ids: string[], action: BulkAction): Promise<BulkResult> {
  const products = await lockProducts(tx, ids);
  const usable = products.filter(
    (p) => action.type === 'restore' || action.type === 'delete' || p.deleted_at === null,
  );
  const missing = ids.find((id) => !usable.some((p) => p.id === id));
  if (missing !== undefined)
    throw problem('NOT_FOUND', 'One of the products does not exist or is deleted; nothing was changed.', {
      id: missing,
    });
  const replaced = await applyAction(tx, usable, action);
  if (replaced.products.length === 0) return { changed: 0, undoId: null };
  const undoId = newId();
  await tx.execute(
    'insert into bulk_change (tenant_id, id, before, actor, created_at) values ($1, $2, $3, $4, $5)',
    [tx.tenantId, undoId, JSON.stringify(replaced), tx.actor, tx.clock.now()],
  );
  return { changed: replaced.products.length, undoId };
}

/** In the order of their ids, so that two bulk changes never wait for each other in a circle. */
async function lockProducts(tx: TenantTx, ids: string[]): Promise<LockedProduct[]> {
  return tx.query<LockedProduct>(
    `select id, name, status, category_id, brand_id, deleted_at::text from product
     where tenant_id = $1 and id = any ($2) order by id for update`,
    [tx.tenantId, ids],
  );
}

/**
 * Changes those of the products that still are there; for a change that is too large to be undone.
 *
 * @returns how many became different
 */
export async function changePortion(tx: TenantTx, ids: string[], action: BulkAction): Promise<number> {
  const products = await lockProducts(tx, ids);
  return (await applyAction(tx, products, action)).products.length;
}

async function applyAction(tx: TenantTx, products: LockedProduct[], action: BulkAction): Promise<Replaced> {
  switch (action.type) {
    case 'set_status':
      return setColumn(tx, products, 'status', action.status);
    case 'set_category':
      return knownCategory(setColumn(tx, products, 'category_id', action.categoryId));
    case 'set_brand': {
      const { brand } = action;
      const id = brand === null ? null : (await findOrMakeBrands(tx, [brand])).get(brand)!;
      return setColumn(tx, products, 'brand_id', id);
    }
    case 'delete':
      return setColumn(
        tx,
        products.filter((p) => p.deleted_at === null),
        'deleted_at',
        tx.clock.now().toISOString(),
      );
    case 'restore':
      return setColumn(tx, products, 'deleted_at', null);
    default:
      return changePrices(tx, products, action);
  }
}

async function setColumn(
  tx: TenantTx,
  products: LockedProduct[],
  column: Column,
  value: string | null,
): Promise<Replaced> {
  const different = products.filter((p) => p[column] !== value);
  const versions = await writeColumn(
    tx,
    column,
    different.map((p) => ({ id: p.id, value })),
  );
  return {
    column,
    products: different.map((p) => ({ id: p.id, version: versions.get(p.id)!, before: p[column] })),
  };
}

const columnTypes: Record<Column, string> = {
  status: 'text',
  category_id: 'uuid',
  brand_id: 'uuid',
  deleted_at: 'timestamptz',
};
const columnFields: Record<Column, string[] | undefined> = {
  status: ['status'],
  category_id: ['category'],
  brand_id: ['brand'],
  deleted_at: undefined,
};

/** Writes a column of locked products, each with its new version and event. Returns the versions. */
async function writeColumn(
  tx: TenantTx,
  column: Column,
  writes: { id: string; value: string | null }[],
): Promise<Map<string, number>> {
  const rows = await tx.query<{ id: string; name: string; version: number; deleted: boolean }>(
    `update product p set ${column} = w.value::${columnTypes[column]}, version = version + 1, updated_at = $4
     from unnest($2::uuid[], $3::text[]) as w (id, value) where p.tenant_id = $1 and p.id = w.id
     returning p.id, p.name, p.version, p.deleted_at is not null as deleted`,
    [tx.tenantId, writes.map((w) => w.id), writes.map((w) => w.value), tx.clock.now()],
  );
  const fields = columnFields[column];
  for (const { id: productId, name, version, deleted } of rows) {
    const change = fields !== undefined ? 'updated' : deleted ? 'deleted' : 'restored';
    tx.emit('product_updated', { productId, name, change, version, fields });
  }
  return new Map(rows.map((row) => [row.id, row.version]));
}

interface Price {
  id: string;
  productId: string;
  sku: string;
  priceMinor: number;
}

async function changePrices(tx: TenantTx, products: LockedProduct[], action: PriceChange): Promise<Replaced> {
  const prices = await tx.query<Price>(
    `select id, product_id as "productId", sku, price_minor as "priceMinor" from variant
     where tenant_id = $1 and product_id = any ($2) order by id`,
    [tx.tenantId, products.map((p) => p.id)],
  );
  const changed = prices.flatMap((price) => {
    const after = newPrice(price, action);
    return after === price.priceMinor ? [] : [{ ...price, after }];
  });
  const versions = await writePrices(
    tx,
    changed.map((c) => ({ id: c.id, productId: c.productId, priceMinor: c.after })),
  );
  const byProduct = Map.groupBy(changed, (c) => c.productId);
  return {
    column: 'prices',
    products: [...byProduct].map(([id, list]) => ({
      id,
      version: versions.get(id)!,
      before: list.map((c) => [c.id, c.priceMinor]),
    })),
  };
}

/** @throws HttpProblem VALIDATION_FAILED naming the SKU */
function newPrice({ sku, priceMinor }: Price, action: PriceChange): number {
  if (action.type === 'add_to_price') {
    const sum = priceMinor + action.amountMinor;
    if (sum < 0 || sum > MAX_PRICE_MINOR)
      throw invalidField('body.action.amountMinor', outside(sku, sum), action.amountMinor);
    return sum;
  }
  // In whole basis points: a double holds every product of these bounds exactly.
  const product = Math.floor((priceMinor * (10_000 + Math.round(action.percent * 100)) + 5000) / 10_000);
  if (product > MAX_PRICE_MINOR)
    throw invalidField('body.action.percent', outside(sku, product), action.percent);
  return product;
}

const outside = (sku: string, priceMinor: number) =>
  `must leave prices from 0 to ${MAX_PRICE_MINOR}; ${sku} would cost ${priceMinor}`;

async function writePrices(
  tx: TenantTx,
  writes: { id: string; productId: string; priceMinor: number }[],
): Promise<Map<string, number>> {
  if (writes.length === 0) return new Map();
  await tx.execute(
    `update variant v set price_minor = w.price from unnest($2::uuid[], $3::bigint[]) as w (id, price)
     where v.tenant_id = $1 and v.id = w.id`,
    [tx.tenantId, writes.map((w) => w.id), writes.map((w) => w.priceMinor)],
  );
  const rows = await tx.query<{ id: string; name: string; version: number }>(
    'update product set version = version + 1, updated_at = $3 where tenant_id = $1 and id = any ($2) returning id, name, version',
    [tx.tenantId, [...new Set(writes.map((w) => w.productId))], tx.clock.now()],
  );
  for (const { id: productId, name, version } of rows) {
    tx.emit('product_updated', { productId, name, change: 'updated', version, fields: ['variants'] });
  }
  return new Map(rows.map((row) => [row.id, row.version]));
}

/**
 * Takes a bulk change back, once. Products changed again since are left as they are.
 *
 * @throws HttpProblem NOT_FOUND, STATE_CONFLICT when it was taken back already or its old category is gone
 */
export async function undoBulkChange(
  tx: TenantTx,
  id: string,
): Promise<{ restored: number; skipped: number }> {
  const change = await tx.maybeOne<{ before: Replaced; undone: boolean }>(
    'select before, undone_at is not null as undone from bulk_change where tenant_id = $1 and id = $2 for update',
    [tx.tenantId, id],
  );
  if (change === undefined)
    throw problem('NOT_FOUND', 'There is no such bulk change; it can be undone for a day.');
  if (change.undone) throw problem('STATE_CONFLICT', 'The change was undone already.');
  const { column, products } = change.before;
  const versions = new Map(
    (
      await tx.query<{ id: string; version: number }>(
        'select id, version from product where tenant_id = $1 and id = any ($2) order by id for update',
        [tx.tenantId, products.map((p) => p.id)],
      )
    ).map((p) => [p.id, p.version]),
  );
  const untouched = products.filter((p) => versions.get(p.id) === p.version);
  try {
    if (column === 'prices') {
      const writes = untouched.flatMap(({ id: productId, before }) =>
        (before as [string, number][]).map(([id, priceMinor]) => ({ id, productId, priceMinor })),
      );
      await writePrices(tx, writes);
    } else {
      const writes = untouched.map(({ id, before }) => ({ id, value: before as string | null }));
      await writeColumn(tx, column, writes);
    }
  } catch (error) {
    if (sqlState(error) !== '23503') throw error;
    throw problem('STATE_CONFLICT', 'A category of before was deleted since; the change cannot be undone.');
  }
  await tx.execute('update bulk_change set undone_at = $3 where tenant_id = $1 and id = $2', [
    tx.tenantId,
    id,
    tx.clock.now(),
  ]);
  return { restored: untouched.length, skipped: products.length - untouched.length };
}
