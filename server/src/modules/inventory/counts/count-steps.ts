/** The steps of a stock count: counting, review, applied or given up. */
import type { CountState, Task } from '@tradepost/contracts';
import { presentTask } from '#modules/tasks';
import type { TenantTx } from '#platform/db';
import { problem } from '#platform/http';
import { enqueueTask } from '#platform/jobs';
import type { StockSettings } from '../apply-stock.ts';
import { applyCountTask } from './apply-count.definition.ts';
import { applyLines, countDue } from './apply-count.ts';
import { noCount } from './read-counts.ts';

/** So many lines are applied at once, more by a task. */
const maxAtOnce = 500;

interface LockedCount {
  id: string;
  name: string;
  locationId: string;
  location: string;
  status: CountState;
  version: number;
}

/** Waits for those who are counting. @throws HttpProblem NOT_FOUND */
export async function lockCount(tx: TenantTx, id: string): Promise<LockedCount> {
  const count = await tx.maybeOne<LockedCount>(
    `select c.id, c.name, c.location_id as "locationId", l.code as location, c.status, c.version
     from stock_count c join location l on l.tenant_id = c.tenant_id and l.id = c.location_id
     where c.tenant_id = $1 and c.id = $2 for update of c`,
    [tx.tenantId, id],
  );
  if (count === undefined) throw noCount();
  return count;
}

/** Writes the new state of a locked count, and tells of it. */
export async function enter(
  tx: TenantTx,
  count: LockedCount,
  status: CountState,
  taskId: string | null = null,
): Promise<void> {
  const version = count.version + 1;
  const ends = status === 'applied' || status === 'cancelled';
  await tx.execute(
    `update stock_count set status = $3, version = $4, ended_at = $5, task_id = coalesce($6, task_id)
     where tenant_id = $1 and id = $2`,
    [tx.tenantId, count.id, status, version, ends ? tx.clock.now() : null, taskId],
  );
  const { id: countId, location, status: previousStatus } = count;
  tx.emit('count_updated', { countId, location, previousStatus, status, version });
}

const steps = {
  reviewing: ['open'],
  open: ['reviewing'],
  cancelled: ['open', 'reviewing'],
} as const satisfies Partial<Record<CountState, CountState[]>>;

/** Takes a step; one that was taken already changes nothing. @throws HttpProblem NOT_FOUND, STATE_CONFLICT */
export async function moveCount(tx: TenantTx, id: string, to: keyof typeof steps): Promise<void> {
  const count = await lockCount(tx, id);
  if (count.status === to) return;
  const from: readonly CountState[] = steps[to];
  if (!from.includes(count.status))
    throw problem('STATE_CONFLICT', `The count is ${count.status} already; it cannot become ${to}.`);
  await enter(tx, count, to);
}

/**
 * Applies a count that was reviewed; what a task has to do comes back as that task.
 *
 * @throws HttpProblem NOT_FOUND, STATE_CONFLICT, and what the stock refuses
 */
export async function applyCount(tx: TenantTx, id: string, settings: StockSettings): Promise<Task | null> {
  const count = await lockCount(tx, id);
  if (count.status === 'applied') return null;
  if (count.status !== 'reviewing' && count.status !== 'applying')
    throw problem('STATE_CONFLICT', `The count is ${count.status}; only one under review can be applied.`);
  // One that is being applied may have lost its task: somebody cancelled it. While it waits this is the same one.
  if (count.status === 'applying' || (await countDue(tx, id)) > maxAtOnce) {
    const { task } = await enqueueTask(tx, applyCountTask, { countId: id }, { subject: count.name });
    await enter(tx, count, 'applying', task.id);
    return presentTask(task);
  }
  await applyLines(tx, count, maxAtOnce, settings);
  await enter(tx, count, 'applied');
  return null;
}
