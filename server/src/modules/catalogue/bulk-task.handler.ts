/**
 * Changes products in portions, in the order of their ids. How far it is stands in `bulk_change` and is written with each
 * portion, so a run that is killed and begun again changes no price twice.
 */
import { MAX_BULK_PRODUCTS } from '@tradepost/contracts';
import { sql } from 'kysely';
import type { TenantTx } from '#platform/db';
import { HttpProblem } from '#platform/http';
import { type TaskContext, TaskFailure } from '#platform/jobs';
import { changePortion } from './bulk-change.ts';
import type { BulkTask } from './bulk-task.definition.ts';
import { matching } from './filter-products.ts';

interface Reached {
  /** The last product done; null: none yet. */
  after: string | null;
  changed: number;
  /** Products that matched when it began. */
  total: number;
}

export async function run(ctx: TaskContext, task: BulkTask): Promise<unknown> {
  let reached = await ctx.transaction((tx) => begin(tx, ctx.taskId, task));
  for (let ended = false; !ended; ) {
    ctx.signal.throwIfAborted();
    const before = reached;
    try {
      ({ reached, ended } = await ctx.transaction((tx) => changeNext(tx, ctx.taskId, task, before)));
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      // A price out of its bounds: another try would meet it again.
      const message = `${error.detail} ${before.changed} products were changed before.`;
      throw new TaskFailure(error.code, message, { retry: false, cause: error });
    }
    ctx.progress(reached.changed, reached.total, `${reached.changed} products changed`);
  }
  return { changed: reached.changed };
}

/** Where a run before this one came to, or the beginning. */
async function begin(tx: TenantTx, taskId: string, { filter }: BulkTask): Promise<Reached> {
  const known = await tx.maybeOne<{ before: Reached }>(
    'select before from bulk_change where tenant_id = $1 and id = $2',
    [tx.tenantId, taskId],
  );
  if (known !== undefined) return known.before;
  const matches = await matching(tx, filter);
  if (matches === null) return { after: null, changed: 0, total: 0 };
  const { rows } = await sql<{
    count: number;
  }>`select count(*)::int as count from product p where ${matches}`.execute(tx.kysely);
  return { after: null, changed: 0, total: rows[0]!.count };
}

async function changeNext(
  tx: TenantTx,
  taskId: string,
  { filter, action }: BulkTask,
  before: Reached,
): Promise<{ reached: Reached; ended: boolean }> {
  const matches = await matching(tx, filter);
  if (matches === null) return { reached: before, ended: true };
  const { rows } = await sql<{ id: string }>`
    select p.id from product p where ${matches} and (${before.after}::uuid is null or p.id > ${before.after}::uuid)
    order by p.id limit ${MAX_BULK_PRODUCTS}`.execute(tx.kysely);
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return { reached: before, ended: true };
  const changed = before.changed + (await changePortion(tx, ids, action));
  const reached = { ...before, after: ids.at(-1)!, changed };
  // Marked as undone: of so many the values before are not kept.
  await tx.execute(
    `insert into bulk_change (tenant_id, id, before, actor, created_at, undone_at) values ($1, $2, $3, $4, $5, $5)
     on conflict (tenant_id, id) do update set before = excluded.before`,
    [tx.tenantId, taskId, JSON.stringify(reached), tx.actor, tx.clock.now()],
  );
  return { reached, ended: ids.length < MAX_BULK_PRODUCTS };
}
