/** Runs over accounts: what was read, new, changed, failed and why; announced as they go. */
import type { SyncRun } from '@tradepost/contracts';
import { z } from 'zod';
import { newId } from '#platform/crypto';
import type { TenantTx, Tx } from '#platform/db';
import { decodeCursor, pageOf } from '#platform/http';
import { getAccount, presentRun, type RunRow } from './accounts.ts';

export interface RunCounts {
  read: number;
  created: number;
  changed: number;
  acknowledged: number;
  failed: number;
}

export interface Run {
  id: string;
  kind: SyncRun['kind'];
  account: { id: string; name: string };
  counts: RunCounts;
  /** Kinds of orders met: `main`, `fbe`. */
  met: Set<'main' | 'fbe'>;
  total: number | null;
}

function announce(tx: TenantTx, run: Run, outcome: SyncRun['outcome'], message: string): void {
  const { counts } = run;
  tx.emit('sync_progress', {
    accountId: run.account.id,
    accountName: run.account.name,
    runId: run.id,
    kind: run.kind,
    outcome,
    ...counts,
    message,
    account_type: run.met.size === 1 ? [...run.met][0]! : null,
    progress: run.kind === 'acknowledge_orders' ? counts.acknowledged + counts.failed : counts.read,
    total: run.total,
  });
}

export async function beginRun(
  tx: TenantTx,
  kind: SyncRun['kind'],
  account: Run['account'],
  taskId: string,
): Promise<Run> {
  const run: Run = {
    id: newId(),
    kind,
    account,
    counts: { read: 0, created: 0, changed: 0, acknowledged: 0, failed: 0 },
    met: new Set(),
    total: null,
  };
  // What a killed process left open is not under way any more: tasks of one account run one after the other.
  await tx.execute(
    `update sync_run set outcome = 'failed', finished_at = $3, error = '{"code":"INTERRUPTED","message":"The server stopped in the middle; the next run went on from there."}'
     where tenant_id = $1 and account_id = $2 and outcome = 'running'`,
    [tx.tenantId, account.id, tx.clock.now()],
  );
  await tx.execute(
    "insert into sync_run (tenant_id, id, account_id, task_id, kind, outcome, started_at) values ($1, $2, $3, $4, $5, 'running', $6)",
    [tx.tenantId, run.id, account.id, taskId, kind, tx.clock.now()],
  );
  announce(tx, run, 'running', beginnings[kind]);
  return run;
}

const beginnings: Record<SyncRun['kind'], string> = {
  sync_orders: 'Reading orders',
  acknowledge_orders: 'Acknowledging orders',
  sync_products: 'Reading products',
};

const setCounts =
  'read_count = $3, created_count = $4, changed_count = $5, acknowledged_count = $6, failed_count = $7';
const countsOf = ({ counts: c }: Run): number[] => [c.read, c.created, c.changed, c.acknowledged, c.failed];

/** Called in the transaction that stores what the counts tell of. */
export async function recordProgress(tx: TenantTx, run: Run, message: string): Promise<void> {
  await tx.execute(`update sync_run set ${setCounts} where tenant_id = $1 and id = $2`, [
    tx.tenantId,
    run.id,
    ...countsOf(run),
  ]);
  announce(tx, run, 'running', message);
}

export async function finishRun(
  tx: TenantTx,
  run: Run,
  error: { code: string; message: string } | null,
): Promise<void> {
  const now = tx.clock.now();
  const outcome = error === null ? 'completed' : 'failed';
  await tx.execute(
    `update sync_run set ${setCounts}, outcome = $8, error = $9, finished_at = $10 where tenant_id = $1 and id = $2`,
    [tx.tenantId, run.id, ...countsOf(run), outcome, error === null ? null : JSON.stringify(error), now],
  );
  await tx.execute(
    `update marketplace_account set
       failing_since = case when $3 then null else coalesce(failing_since, $4) end,
       last_success_at = case when $3 then $4 else last_success_at end
     where tenant_id = $1 and id = $2`,
    [tx.tenantId, run.account.id, error === null, now],
  );
  const { counts } = run;
  const done =
    run.kind === 'acknowledge_orders'
      ? `${counts.acknowledged} acknowledged`
      : `${counts.read} read, ${counts.created} new, ${counts.changed} changed`;
  announce(tx, run, outcome, error === null ? done : error.message);
}

/** @throws HttpProblem NOT_FOUND */
export async function listRuns(tx: TenantTx, accountId: string, page: { limit: number; cursor?: string }) {
  await getAccount(tx, accountId);
  const before = decodeCursor(z.uuid(), page.cursor) ?? null;
  const rows = await tx.query<RunRow>(
    'select * from sync_run where tenant_id = $1 and account_id = $2 and ($3::uuid is null or id < $3) order by id desc limit $4',
    [tx.tenantId, accountId, before, page.limit + 1],
  );
  return pageOf(rows, page.limit, presentRun, (row) => row.id);
}

/** Source: required-interface.md, "clean up sync logs": older than 30 days. */
export async function deleteOldRuns(tx: Tx): Promise<number> {
  return tx.execute('delete from sync_run where started_at < $1', [
    new Date(tx.clock.now().getTime() - 30 * 86_400_000),
  ]);
}
