/** Reading stock counts and their sheets. */
import type { Count, CountLine, CountState, CountSummary } from '@tradepost/contracts';
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { TenantTx } from '#platform/db';
import { decodeCursor, pageOf, problem } from '#platform/http';

interface CountRow extends Omit<CountSummary, 'status' | 'createdAt' | 'endedAt'> {
  status: string;
  givenUp: Count['givenUp'];
  createdAt: Date;
  endedAt: Date | null;
}

function present({ givenUp, createdAt, endedAt, ...row }: CountRow): CountSummary {
  return {
    ...row,
    status: row.status as CountState,
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  };
}

async function readCounts(tx: TenantTx, where: RawBuilder<unknown>, limit: number): Promise<CountRow[]> {
  const { rows } = await sql<CountRow>`
    select c.id, c.name, l.code as location, c.status, c.scope, c.actor, c.version, c.task_id as "taskId", c.given_up as "givenUp",
      c.created_at as "createdAt", c.ended_at as "endedAt",
      (select count(*)::int from stock_count_line x where x.tenant_id = c.tenant_id and x.count_id = c.id) as "lineCount",
      (select count(*)::int from stock_count_line x where x.tenant_id = c.tenant_id and x.count_id = c.id and x.counted is not null) as counted
    from stock_count c join location l on l.tenant_id = c.tenant_id and l.id = c.location_id
    where c.tenant_id = ${tx.tenantId} and ${where} order by c.id desc limit ${limit}`.execute(tx.kysely);
  return rows;
}

export async function listCounts(
  tx: TenantTx,
  filter: { status?: CountState; location?: string; limit: number; cursor?: string },
): Promise<{ items: CountSummary[]; nextCursor: string | null }> {
  const before = decodeCursor(z.uuid(), filter.cursor);
  const conditions = [sql`true`];
  if (before !== undefined) conditions.push(sql`c.id < ${before}`);
  if (filter.status !== undefined) conditions.push(sql`c.status = ${filter.status}`);
  if (filter.location !== undefined) conditions.push(sql`l.code = ${filter.location}`);
  const rows = await readCounts(tx, sql.join(conditions, sql` and `), filter.limit + 1);
  return pageOf(rows, filter.limit, present, (row) => row.id);
}

export const noCount = () => problem('NOT_FOUND', 'There is no such stock count.');

/** What a piece costs: what was paid for those there are, or else what its variant says. */
const unitCost = 'coalesce(k.average_minor, v.cost_minor)';
const joins = `join variant v on v.tenant_id = x.tenant_id and v.id = x.variant_id
  left join variant_cost k on k.tenant_id = x.tenant_id and k.variant_id = x.variant_id`;

/** @throws HttpProblem NOT_FOUND */
export async function getCount(tx: TenantTx, id: string): Promise<Count> {
  const [row] = await readCounts(tx, sql`c.id = ${id}`, 1);
  if (row === undefined) throw noCount();
  const sums = await tx.one<Pick<Count, 'different' | 'surplus' | 'missing' | 'applied'>>(
    `select count(*) filter (where counted <> expected)::int as different,
       coalesce(sum(counted - expected) filter (where counted > expected), 0)::float8 as surplus,
       coalesce(sum(expected - counted) filter (where counted < expected), 0)::float8 as missing,
       count(applied)::int as applied
     from stock_count_line where tenant_id = $1 and count_id = $2 and counted is not null`,
    [tx.tenantId, id],
  );
  const values = await tx.query<Count['values'][number]>(
    `select v.currency,
       coalesce(round(sum(greatest(x.counted - x.expected, 0) * ${unitCost})), 0)::float8 as "surplusMinor",
       coalesce(round(sum(greatest(x.expected - x.counted, 0) * ${unitCost})), 0)::float8 as "missingMinor",
       coalesce(sum(abs(x.counted - x.expected)) filter (where ${unitCost} is null), 0)::float8 as "withoutCost"
     from stock_count_line x ${joins}
     where x.tenant_id = $1 and x.count_id = $2 and x.counted <> x.expected group by v.currency order by v.currency`,
    [tx.tenantId, id],
  );
  return { ...present(row), ...sums, values, givenUp: row.givenUp };
}

const LineKey = z.tuple([z.string(), z.uuid()]);

interface LineRow extends Omit<CountLine, 'countedAt'> {
  sheetSku: string;
  countedAt: Date | null;
}

/** Lines of a count as they are shown, those that meet a condition on `x`, by the SKUs they came on the sheet with. */
async function readLines(
  tx: TenantTx,
  countId: string,
  where: RawBuilder<unknown>,
  limit: number,
): Promise<LineRow[]> {
  const { rows } = await sql<LineRow>`
    select x.variant_id as "variantId", v.product_id as "productId", v.sku, v.name, v.barcode, x.sku as "sheetSku",
      coalesce(s.on_hand, 0) as "onHand", coalesce(s.reserved, 0) as reserved, x.counted, x.expected, x.counted - x.expected as difference,
      round((x.counted - x.expected) * ${sql.raw(unitCost)})::float8 as "differenceMinor", v.currency,
      x.counted_at as "countedAt", x.counted_by as "countedBy", x.applied
    from stock_count_line x ${sql.raw(joins)}
    join stock_count c on c.tenant_id = x.tenant_id and c.id = x.count_id
    left join stock_level s on s.tenant_id = x.tenant_id and s.variant_id = x.variant_id and s.location_id = c.location_id
    where x.tenant_id = ${tx.tenantId} and x.count_id = ${countId} and ${where}
    order by x.sku, x.variant_id limit ${limit}`.execute(tx.kysely);
  return rows;
}

const presentLine = ({ sheetSku, countedAt, ...row }: LineRow): CountLine => ({
  ...row,
  countedAt: countedAt?.toISOString() ?? null,
});

/** @throws HttpProblem NOT_FOUND */
export async function listCountLines(
  tx: TenantTx,
  countId: string,
  filter: {
    state?: 'uncounted' | 'counted' | 'different';
    search?: string;
    limit: number;
    cursor?: string;
  },
): Promise<{ items: CountLine[]; nextCursor: string | null }> {
  const known = await tx.maybeOne('select from stock_count where tenant_id = $1 and id = $2', [
    tx.tenantId,
    countId,
  ]);
  if (known === undefined) throw noCount();
  const after = decodeCursor(LineKey, filter.cursor);
  const conditions = [sql`true`];
  if (after !== undefined) conditions.push(sql`(x.sku, x.variant_id) > (${after[0]}, ${after[1]}::uuid)`);
  if (filter.state === 'uncounted') conditions.push(sql`x.counted is null`);
  if (filter.state === 'counted') conditions.push(sql`x.counted is not null`);
  if (filter.state === 'different') conditions.push(sql`x.counted <> x.expected`);
  if (filter.search) conditions.push(await matching(tx, filter.search));
  const rows = await readLines(tx, countId, sql.join(conditions, sql` and `), filter.limit + 1);
  return pageOf(rows, filter.limit, presentLine, (row) => [row.sheetSku, row.variantId]);
}

/** What a whole barcode names, or else SKUs that begin so: either way an index has it. */
async function matching(tx: TenantTx, text: string): Promise<RawBuilder<unknown>> {
  const named = await tx.query<{ id: string }>(
    'select id from variant where tenant_id = $1 and barcode = $2 limit 50',
    [tx.tenantId, text],
  );
  if (named.length > 0) return sql`x.variant_id = any (${named.map((v) => v.id)}::uuid[])`;
  return sql`x.sku >= ${text} and x.sku < ${`${text}\u{10ffff}`}`;
}

export async function getCountLine(tx: TenantTx, countId: string, variantId: string): Promise<CountLine> {
  const [row] = await readLines(tx, countId, sql`x.variant_id = ${variantId}`, 1);
  return presentLine(row!);
}
