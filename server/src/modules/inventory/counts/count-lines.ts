/** Counting: one line per call, from as many hands as there are. */
import { type CountLine, MAX_QUANTITY, type PutCountLine } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import { invalidField, problem } from '#platform/http';
import { getCountLine, noCount } from './read-counts.ts';

/**
 * Notes what was found of one item, and what the stock says at this moment: what moves afterwards is no difference. An
 * item that is not on the sheet is put on it.
 *
 * @throws HttpProblem NOT_FOUND, STATE_CONFLICT unless the count is open, VALIDATION_FAILED
 */
export async function putCountLine(tx: TenantTx, countId: string, input: PutCountLine): Promise<CountLine> {
  const { locationId } = await shareOpen(tx, countId);
  const { code, quantity, mode } = input;
  const variant = await findByCode(tx, code);
  const line = await tx.one<{ counted: number }>(
    `insert into stock_count_line as x (tenant_id, count_id, variant_id, sku, added, expected, counted, counted_at, counted_by)
     select $1, $2, $3, $4, true, coalesce(s.on_hand, 0), $5, $6, $7
     from (select) one left join stock_level s on s.tenant_id = $1 and s.variant_id = $3 and s.location_id = $8
     on conflict (tenant_id, count_id, variant_id) do update
       set expected = excluded.expected, counted_at = excluded.counted_at, counted_by = excluded.counted_by,
         counted = case when $9 then coalesce(x.counted, 0) else 0 end + excluded.counted
     returning counted`,
    [
      tx.tenantId,
      countId,
      variant.id,
      variant.sku,
      quantity,
      tx.clock.now(),
      tx.actor,
      locationId,
      mode === 'add',
    ],
  );
  if (line.counted > MAX_QUANTITY)
    throw invalidField('body.quantity', `must leave at most ${MAX_QUANTITY} pieces counted`, quantity);
  return getCountLine(tx, countId, variant.id);
}

/** @throws HttpProblem NOT_FOUND, STATE_CONFLICT */
export async function clearCountLine(tx: TenantTx, countId: string, variantId: string): Promise<void> {
  await shareOpen(tx, countId);
  const removed = await tx.execute(
    'delete from stock_count_line where tenant_id = $1 and count_id = $2 and variant_id = $3 and added',
    [tx.tenantId, countId, variantId],
  );
  if (removed === 1) return;
  const cleared = await tx.execute(
    `update stock_count_line set counted = null, expected = null, counted_at = null, counted_by = null
     where tenant_id = $1 and count_id = $2 and variant_id = $3`,
    [tx.tenantId, countId, variantId],
  );
  if (cleared === 0) throw problem('NOT_FOUND', 'This item is not on the sheet.');
}

/** Many may count at once; a step of the count itself waits for them, and they see it. */
async function shareOpen(tx: TenantTx, countId: string): Promise<{ locationId: string }> {
  const count = await tx.maybeOne<{ locationId: string; status: string }>(
    'select location_id as "locationId", status from stock_count where tenant_id = $1 and id = $2 for share',
    [tx.tenantId, countId],
  );
  if (count === undefined) throw noCount();
  if (count.status !== 'open')
    throw problem('STATE_CONFLICT', `The count is ${count.status}; only an open one takes lines.`);
  return count;
}

async function findByCode(tx: TenantTx, code: string): Promise<{ id: string; sku: string }> {
  const found = await tx.query<{ id: string; sku: string }>(
    `select id, sku from variant where tenant_id = $1 and sku = $2
     union all (select id, sku from variant where tenant_id = $1 and barcode = $2 and sku <> $2 order by sku limit 10)`,
    [tx.tenantId, code],
  );
  const [first, ...others] = found;
  if (first === undefined) throw invalidField('body.code', 'must be a SKU or a barcode of this tenant', code);
  if (first.sku !== code && others.length > 0) {
    const skus = found.map((v) => v.sku).join(', ');
    throw invalidField('body.code', `is the barcode of several items; send the SKU of one: ${skus}`, code);
  }
  return first;
}
