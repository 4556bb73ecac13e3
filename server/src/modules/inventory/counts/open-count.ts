/** Opens a stock count: which SKUs of a location are on its sheet. */
import { type Count, type CreateCount, MAX_COUNT_SKUS } from '@tradepost/contracts';
import { type RawBuilder, sql } from 'kysely';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { invalidField, problem } from '#platform/http';
import { escapeLike } from '../levels.ts';
import { findLocation } from '../locations.ts';
import { getCount } from './read-counts.ts';

/** @throws HttpProblem VALIDATION_FAILED, NOT_FOUND, STATE_CONFLICT when nothing or too much would be counted */
export async function openCount(tx: TenantTx, input: CreateCount): Promise<Count> {
  const { location: code, name, ...scope } = input;
  const location = await findLocation(tx, code);
  if (location === null)
    throw invalidField('body.location', 'must be the code of a location of this tenant', code);
  if (scope.categoryId !== undefined) await refuseUnknownCategory(tx, scope.categoryId);
  if (scope.skus !== undefined) await refuseUnknownSkus(tx, scope.skus);
  const id = newId();
  await tx.execute(
    `insert into stock_count (tenant_id, id, location_id, name, scope, status, actor, created_at)
     values ($1, $2, $3, $4, $5, 'open', $6, $7)`,
    [
      tx.tenantId,
      id,
      location.id,
      name ?? `${code} ${tx.clock.now().toISOString().slice(0, 10)}`,
      JSON.stringify(scope),
      tx.actor,
      tx.clock.now(),
    ],
  );
  const lines = await writeSheet(tx, id, location.id, scope);
  if (lines === 0) throw problem('STATE_CONFLICT', `Nothing of that is kept at ${code}.`);
  if (lines > MAX_COUNT_SKUS) {
    throw problem(
      'STATE_CONFLICT',
      `More than ${MAX_COUNT_SKUS} SKUs would be on the sheet. Count in parts: by category, search or list.`,
    );
  }
  tx.emit('count_updated', {
    countId: id,
    location: code,
    previousStatus: null,
    status: 'open',
    version: 1,
  });
  return getCount(tx, id);
}

/** Returns how many lines there are. Those of deleted products only while they have stock. */
async function writeSheet(
  tx: TenantTx,
  countId: string,
  locationId: string,
  { search, categoryId, skus }: Omit<CreateCount, 'location' | 'name'>,
): Promise<number> {
  const conditions: RawBuilder<unknown>[] = [sql`(p.deleted_at is null or s.on_hand > 0)`];
  if (search !== undefined) {
    const pattern = escapeLike(search);
    conditions.push(sql`(v.sku like ${`${pattern}%`} or v.barcode = ${search} or v.name ilike ${`%${pattern}%`}
      or p.name ilike ${`%${pattern}%`})`);
  }
  if (categoryId !== undefined) {
    conditions.push(sql`p.category_id in (with recursive below as (
        select id from category where tenant_id = ${tx.tenantId} and id = ${categoryId}
        union all select c.id from category c join below b on c.parent_id = b.id where c.tenant_id = ${tx.tenantId}
      ) select id from below)`);
  }
  // Asked for by name it is counted even where it never was.
  if (skus !== undefined) conditions.push(sql`v.sku = any (${skus})`);
  const kept = skus === undefined ? sql`s.variant_id is not null` : sql`true`;
  const { numAffectedRows } = await sql`
    insert into stock_count_line (tenant_id, count_id, variant_id, sku)
    select v.tenant_id, ${countId}, v.id, v.sku from variant v
    join product p on p.tenant_id = v.tenant_id and p.id = v.product_id
    left join stock_level s on s.tenant_id = v.tenant_id and s.variant_id = v.id and s.location_id = ${locationId}
    where v.tenant_id = ${tx.tenantId} and ${kept} and ${sql.join(conditions, sql` and `)}
    limit ${MAX_COUNT_SKUS + 1}`.execute(tx.kysely);
  return Number(numAffectedRows);
}

async function refuseUnknownCategory(tx: TenantTx, id: string): Promise<void> {
  const known = await tx.maybeOne('select from category where tenant_id = $1 and id = $2', [tx.tenantId, id]);
  if (known === undefined) throw problem('NOT_FOUND', 'There is no such category.');
}

async function refuseUnknownSkus(tx: TenantTx, skus: string[]): Promise<void> {
  const unknown = await tx.maybeOne<{ sku: string; n: number }>(
    `select sku, n::int from unnest($2::text[]) with ordinality as asked (sku, n)
     where not exists (select from variant v where v.tenant_id = $1 and v.sku = asked.sku) order by n limit 1`,
    [tx.tenantId, skus],
  );
  if (unknown !== undefined)
    throw invalidField(`body.skus.${unknown.n - 1}`, 'must be a SKU of this tenant', unknown.sku);
}
