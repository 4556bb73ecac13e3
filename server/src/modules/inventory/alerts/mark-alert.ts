/** What people say of an alert. */
import { MAX_SNOOZE_DAYS, type StockAlert } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import { invalidField, problem } from '#platform/http';
import { findAlert } from './read-alerts.ts';

/** Somebody takes care of it. Who said so first stays. @throws HttpProblem NOT_FOUND, STATE_CONFLICT */
export function acknowledgeAlert(tx: TenantTx, id: string): Promise<StockAlert> {
  return mark(
    tx,
    id,
    `acknowledged_at = coalesce(acknowledged_at, $3), snoozed_until = null,
     acknowledged_by = case when acknowledged_at is null then $4 else acknowledged_by end`,
    [tx.clock.now(), tx.actor],
  );
}

/** Nobody is asked about it until then. @throws HttpProblem VALIDATION_FAILED, NOT_FOUND, STATE_CONFLICT */
export function snoozeAlert(tx: TenantTx, id: string, until: Date): Promise<StockAlert> {
  const now = tx.clock.now();
  if (until <= now || until.getTime() > now.getTime() + MAX_SNOOZE_DAYS * 86_400_000) {
    const message = `must be in the future, by ${MAX_SNOOZE_DAYS} days at most`;
    throw invalidField('body.until', message, until.toISOString());
  }
  return mark(tx, id, 'snoozed_until = $3, acknowledged_at = null, acknowledged_by = null', [until]);
}

/** As if nobody had said anything. @throws HttpProblem NOT_FOUND, STATE_CONFLICT */
export function reopenAlert(tx: TenantTx, id: string): Promise<StockAlert> {
  return mark(tx, id, 'snoozed_until = null, acknowledged_at = null, acknowledged_by = null', []);
}

async function mark(tx: TenantTx, id: string, changes: string, values: unknown[]): Promise<StockAlert> {
  const marked = await tx.execute(
    `update stock_alert set ${changes} where tenant_id = $1 and id = $2 and resolved_at is null`,
    [tx.tenantId, id, ...values],
  );
  const alert = await findAlert(tx, id);
  if (alert === null) throw problem('NOT_FOUND', 'There is no such alert.');
  if (marked === 0) throw problem('STATE_CONFLICT', 'The alert is resolved already.');
  return alert;
}
