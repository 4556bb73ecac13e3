/** Changes the stock by what a count found, in portions. */
import type { Count } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import { applyStock, type StockSettings } from '../apply-stock.ts';
import { ensureLevels } from '../locations.ts';
import { refused } from '../refusals.ts';
import type { AdjustRequest, StockDone } from '../stock-request.ts';

interface DueLine {
  variantId: string;
  sku: string;
  difference: number;
}

/** Lines of a count whose difference is not applied yet. */
export async function countDue(tx: TenantTx, countId: string): Promise<number> {
  const { due } = await tx.one<{ due: number }>(
    `select count(*)::int as due from stock_count_line
     where tenant_id = $1 and count_id = $2 and counted is not null and counted <> expected and applied is null`,
    [tx.tenantId, countId],
  );
  return due;
}

/**
 * Applies the next lines, `limit` at most. The caller holds the lock of the count's row.
 *
 * What was counted is `difference` away from what the stock said then; what was sold or came since is left in. Where
 * fewer pieces are left than are to be taken away, none are.
 *
 * @returns how many were applied
 * @throws HttpProblem what the stock refuses otherwise
 */
export async function applyLines(
  tx: TenantTx,
  count: { id: string; name: string; locationId: string; location: string },
  limit: number,
  settings: StockSettings,
): Promise<number> {
  const lines = await tx.query<DueLine>(
    `select x.variant_id as "variantId", v.sku, x.counted - x.expected as difference
     from stock_count_line x join variant v on v.tenant_id = x.tenant_id and v.id = x.variant_id
     where x.tenant_id = $1 and x.count_id = $2 and x.counted is not null and x.counted <> x.expected and x.applied is null
     order by x.variant_id limit $3`,
    [tx.tenantId, count.id, limit],
  );
  if (lines.length === 0) return 0;
  await ensureLevels(
    tx,
    lines.map(({ variantId }) => ({ variantId, locationId: count.locationId })),
  );
  const changing = (line: DueLine, change: AdjustRequest['change']): AdjustRequest => ({
    kind: 'adjust',
    actor: tx.actor,
    line: { variantId: line.variantId, location: count.location },
    change,
    whenHeld: 'release',
    movementKind: 'count',
    reason: count.name,
    reference: `count:${count.id}`,
    note: null,
  });
  const done = new Map<DueLine, { applied: number; outcome: StockDone }>();
  const left = new Map<DueLine, number>();
  const outcomes = await applyStock(
    tx,
    lines.map((line) => changing(line, { delta: line.difference })),
    settings,
  );
  for (const [i, outcome] of outcomes.entries()) {
    const line = lines[i]!;
    if (outcome.ok) done.set(line, { applied: line.difference, outcome });
    else left.set(line, await onHandBelow(tx, count.locationId, line, outcome.refusal));
  }
  const emptied = await applyStock(
    tx,
    [...left.keys()].map((line) => changing(line, { setTo: 0 })),
    settings,
  );
  for (const [i, [line, onHand]] of [...left].entries()) {
    const outcome = emptied[i]!;
    if (!outcome.ok) throw refused(outcome.refusal);
    done.set(line, { applied: -onHand, outcome });
  }
  await tx.execute(
    `update stock_count_line x set applied = a.applied from unnest($3::uuid[], $4::int[]) as a (variant_id, applied)
     where x.tenant_id = $1 and x.count_id = $2 and x.variant_id = a.variant_id`,
    [
      tx.tenantId,
      count.id,
      [...done.keys()].map((line) => line.variantId),
      [...done.values()].map((d) => d.applied),
    ],
  );
  const givenUp: Count['givenUp'] = [...done].flatMap(([{ sku }, { outcome }]) =>
    outcome.givenUp.map((hold) => ({ ...hold, sku })),
  );
  if (givenUp.length > 0) {
    await tx.execute(
      'update stock_count set given_up = given_up || $3::jsonb where tenant_id = $1 and id = $2',
      [tx.tenantId, count.id, JSON.stringify(givenUp)],
    );
  }
  return lines.length;
}

/** What is on hand of a refused line, where that is less than is to be taken away. @throws HttpProblem for any other reason */
async function onHandBelow(
  tx: TenantTx,
  locationId: string,
  { variantId, difference }: DueLine,
  refusal: Parameters<typeof refused>[0],
): Promise<number> {
  const { onHand } = await tx.one<{ onHand: number }>(
    'select on_hand as "onHand" from stock_level where tenant_id = $1 and variant_id = $2 and location_id = $3',
    [tx.tenantId, variantId, locationId],
  );
  if (refusal.reason !== 'short' || onHand + difference >= 0) throw refused(refusal);
  return onHand;
}
