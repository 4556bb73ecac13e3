/** Writing variants: adding, changing, removing. The rows of their products are locked by the caller. */
import type { CreateProduct, Variant } from '@tradepost/contracts';
import { listVariantsWithHistory, openStock, type StockSettings } from '#modules/inventory';
import { newId } from '#platform/crypto';
import { sqlState, type TenantTx } from '#platform/db';
import { problem } from '#platform/http';

type NewVariant = CreateProduct['variants'][number];

/** A variant as it shall be. */
export type VariantFields = Omit<Variant, 'id'>;

export interface VariantToAdd {
  productId: string;
  onHand: number;
  fields: VariantFields;
}

/** What a new variant is, with what its request leaves out. */
export function newVariantFields(variant: NewVariant, productName: string): VariantFields {
  return {
    sku: variant.sku,
    name: variant.name ?? productName,
    status: variant.status ?? 'active',
    barcode: variant.barcode ?? null,
    partNumber: variant.partNumber ?? null,
    priceMinor: variant.priceMinor,
    costMinor: variant.costMinor ?? null,
    currency: variant.currency,
    vatRateBps: variant.vatRateBps ?? null,
    weightGrams: variant.weightGrams ?? null,
    attributes: variant.attributes ?? {},
  };
}

const columns =
  'sku, name, status, barcode, part_number, price_minor, cost_minor, currency, vat_rate_bps, weight_grams, attributes';
const arrays =
  '$3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::text[], $11::int[], $12::int[], $13::jsonb[]';

const valuesOf = (list: VariantFields[]): unknown[] => [
  list.map((v) => v.sku),
  list.map((v) => v.name),
  list.map((v) => v.status),
  list.map((v) => v.barcode),
  list.map((v) => v.partNumber),
  list.map((v) => v.priceMinor),
  list.map((v) => v.costMinor),
  list.map((v) => v.currency),
  list.map((v) => v.vatRateBps),
  list.map((v) => v.weightGrams),
  list.map((v) => JSON.stringify(v.attributes)),
];

/** Adds variants with their opening stock; gives their ids. @throws HttpProblem ALREADY_EXISTS naming the SKU that is taken */
export async function addVariants(
  tx: TenantTx,
  variants: VariantToAdd[],
  settings: StockSettings,
  reference: string | null = null,
): Promise<string[]> {
  if (variants.length === 0) return [];
  await refuseTakenSkus(
    tx,
    variants.map((v) => v.fields.sku),
  );
  const ids = variants.map(() => newId());
  await uniqueSku(
    tx.execute(
      `insert into variant (tenant_id, id, ${columns}, product_id, created_at)
       select $1, * , $15 from unnest($2::uuid[], ${arrays}, $14::uuid[])`,
      [
        tx.tenantId,
        ids,
        ...valuesOf(variants.map((v) => v.fields)),
        variants.map((v) => v.productId),
        tx.clock.now(),
      ],
    ),
  );
  await openStock(
    tx,
    variants.map((v, i) => ({ variantId: ids[i]!, onHand: v.onHand })),
    settings,
    reference,
  );
  return ids;
}

/** @throws HttpProblem ALREADY_EXISTS */
export async function updateVariants(
  tx: TenantTx,
  variants: (VariantFields & { id: string })[],
): Promise<void> {
  if (variants.length === 0) return;
  await uniqueSku(
    tx.execute(
      `update variant v set (${columns}) = row (${columns.replace(/\w+/g, 'n.$&')})
       from unnest($2::uuid[], ${arrays}) as n (id, ${columns}) where v.tenant_id = $1 and v.id = n.id`,
      [tx.tenantId, variants.map((v) => v.id), ...valuesOf(variants)],
    ),
  );
}

/**
 * Removes variants that have no past. One with stock, movements, order lines or an offer on a marketplace stays: other
 * rows tell of it.
 *
 * @throws HttpProblem STATE_CONFLICT naming the SKU and what to do instead
 */
export async function removeVariants(tx: TenantTx, variants: { id: string; sku: string }[]): Promise<void> {
  if (variants.length === 0) return;
  const ids = variants.map((v) => v.id);
  const kept = await listVariantsWithHistory(tx, ids);
  if (kept.length > 0) {
    throw cannotRemove(`${variants.find((v) => v.id === kept[0])!.sku} has stock or movements`);
  }
  try {
    await tx.execute('delete from variant where tenant_id = $1 and id = any ($2)', [tx.tenantId, ids]);
  } catch (error) {
    if (sqlState(error) !== '23503') throw error;
    const skus = variants.map((v) => v.sku).join(', ');
    throw cannotRemove(`${skus}: an order or an offer on a marketplace names it`);
  }
}

const cannotRemove = (why: string) =>
  problem('STATE_CONFLICT', `${why}, so it cannot be removed. Set its status to archived instead.`);

async function uniqueSku(statement: Promise<number>): Promise<void> {
  try {
    await statement;
  } catch (error) {
    // Somebody else took one of them since we looked; the unique key has the last word.
    if (sqlState(error) === '23505') throw problem('ALREADY_EXISTS', 'One of the SKUs exists already.');
    throw error;
  }
}

/** @throws HttpProblem ALREADY_EXISTS naming the SKU that is taken */
async function refuseTakenSkus(tx: TenantTx, skus: string[]): Promise<void> {
  const twice = skus.find((sku, i) => skus.indexOf(sku) !== i);
  if (twice !== undefined) throw skuTaken(twice, 'must not repeat within the request');
  const taken = await tx.maybeOne<{ sku: string; product: string; deleted: boolean }>(
    `select v.sku, p.name as product, p.deleted_at is not null as deleted
     from variant v join product p on p.tenant_id = v.tenant_id and p.id = v.product_id
     where v.tenant_id = $1 and v.sku = any ($2) limit 1`,
    [tx.tenantId, skus],
  );
  if (taken === undefined) return;
  const whose = taken.deleted
    ? `must not be the SKU of another variant; the deleted product “${taken.product}” has it and can be restored`
    : `must not be the SKU of another variant; “${taken.product}” has it`;
  throw skuTaken(taken.sku, whose);
}

const skuTaken = (sku: string, message: string) =>
  problem('ALREADY_EXISTS', `The SKU ${sku} exists already.`, {
    issues: [{ field: 'body.variants', message, value: sku }],
  });
