/**
 * Purchase orders once they are drafted: sent, received from, cancelled. Each locks the order first and the stock levels after
 * it, so two receipts, or a receipt and a cancellation, take turns and each sees what the other left.
 */
import {
  type FieldIssue,
  MAX_PRICE_MINOR,
  type PurchaseOrder,
  type PurchaseOrderState,
  type ReceivePurchaseOrder,
} from '@tradepost/contracts';
import {
  applyStock,
  ensureLevels,
  findLocation,
  type StockRequest,
  type StockSettings,
} from '#modules/inventory';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { invalidField, problem } from '#platform/http';
import { convertMinor, decimalsOf, toFixedDecimal } from '#platform/money';
import { announceOrder, findItems, refuseLateRate } from './draft-purchase-order.ts';
import { getPurchaseOrder, listOrderLines, lockPurchaseOrder } from './read-purchase-orders.ts';

/** How many pieces come in, and by how many fewer or more are awaited. */
interface StockStep {
  variantId: string;
  received: number;
  incoming: number;
}

/** From then on its pieces are incoming. @throws HttpProblem NOT_FOUND, STATE_CONFLICT */
export async function sendPurchaseOrder(
  tx: TenantTx,
  id: string,
  settings: StockSettings,
): Promise<PurchaseOrder> {
  const order = await lockPurchaseOrder(tx, id);
  if (order.status === 'sent') return order;
  if (order.status !== 'draft') throw notPossible(order, 'sent');
  if (order.lines.length === 0)
    throw problem('STATE_CONFLICT', `${order.number} has no lines; there is nothing to send.`);
  await moveStock(
    tx,
    order,
    order.lines.map((l) => ({ variantId: l.variantId, received: 0, incoming: l.quantity })),
    settings,
  );
  await tx.execute(
    'update purchase_order_line set auto_need = false where tenant_id = $1 and order_id = $2 and auto_need',
    [tx.tenantId, id],
  );
  // The longest of its lines' lead times, from today on.
  await tx.execute(
    `update purchase_order o set status = 'sent', sent_at = $3, updated_at = $3, version = version + 1,
       expected_on = coalesce(o.expected_on, ($3 at time zone 'UTC')::date + (
         select max(coalesce(p.lead_time_days, s.lead_time_days))
         from purchase_order_line n
         join supplier s on s.tenant_id = n.tenant_id and s.id = o.supplier_id
         left join supplier_price p on p.tenant_id = n.tenant_id and p.supplier_id = o.supplier_id and p.variant_id = n.variant_id
         where n.tenant_id = o.tenant_id and n.order_id = o.id))
     where tenant_id = $1 and id = $2`,
    [tx.tenantId, id, tx.clock.now()],
  );
  return changed(tx, order);
}

/**
 * Takes goods in: all lines of the request or none.
 *
 * @throws HttpProblem NOT_FOUND, STATE_CONFLICT when it is not on its way or more came than was ordered, VALIDATION_FAILED
 */
export async function receivePurchaseOrder(
  tx: TenantTx,
  id: string,
  receipt: ReceivePurchaseOrder,
  settings: StockSettings,
): Promise<PurchaseOrder> {
  const order = await lockPurchaseOrder(tx, id);
  const isOnItsWay = order.status === 'sent' || order.status === 'partly_received';
  if (!isOnItsWay && !(order.status === 'received' && receipt.allowOver))
    throw notPossible(order, 'received');
  const came = await sumLines(tx, order, receipt);
  await keepRate(tx, order, receipt.exchangeRate, [...came.keys()]);

  const steps = order.lines.flatMap((line): StockStep[] => {
    const received = came.get(line.variantId);
    if (received === undefined) return [];
    return [{ variantId: line.variantId, received, incoming: -Math.min(line.open, received) }];
  });
  await moveStock(tx, order, steps, settings);
  const variantIds = steps.map((s) => s.variantId);
  const quantities = steps.map((s) => s.received);
  await tx.execute(
    `update purchase_order_line n set received = n.received + c.quantity from unnest($3::uuid[], $4::int[]) as c (variant_id, quantity)
     where n.tenant_id = $1 and n.order_id = $2 and n.variant_id = c.variant_id`,
    [tx.tenantId, id, variantIds, quantities],
  );
  const lines = steps.map(({ variantId, received: quantity }) => ({ variantId, quantity }));
  await tx.execute(
    `insert into purchase_receipt (tenant_id, id, order_id, received_at, actor, note, lines) values ($1, $2, $3, $4, $5, $6, $7)`,
    [tx.tenantId, newId(), id, tx.clock.now(), tx.actor, receipt.note ?? null, JSON.stringify(lines)],
  );
  await tx.execute(
    `update purchase_order o set status = case when done.all then 'received' else 'partly_received' end,
       received_at = case when done.all then coalesce(o.received_at, $3) end, updated_at = $3, version = version + 1
     from (select bool_and(received >= quantity) as all from purchase_order_line where tenant_id = $1 and order_id = $2) done
     where o.tenant_id = $1 and o.id = $2`,
    [tx.tenantId, id, tx.clock.now()],
  );
  return changed(tx, order);
}

/** What has not come is awaited no more. @throws HttpProblem NOT_FOUND, STATE_CONFLICT */
export async function cancelPurchaseOrder(
  tx: TenantTx,
  id: string,
  settings: StockSettings,
): Promise<PurchaseOrder> {
  const order = await lockPurchaseOrder(tx, id);
  if (order.status === 'cancelled') return order;
  if (order.status === 'received') throw notPossible(order, 'cancelled');
  await moveStock(
    tx,
    order,
    order.lines
      .filter((l) => l.open > 0)
      .map((l) => ({ variantId: l.variantId, received: 0, incoming: -l.open })),
    settings,
  );
  await tx.execute(
    'update purchase_order_line set auto_need = false where tenant_id = $1 and order_id = $2 and auto_need',
    [tx.tenantId, id],
  );
  await tx.execute(
    `update purchase_order set status = 'cancelled', cancelled_at = $3, updated_at = $3, version = version + 1
     where tenant_id = $1 and id = $2`,
    [tx.tenantId, id, tx.clock.now()],
  );
  return changed(tx, order);
}

async function changed(tx: TenantTx, before: PurchaseOrder): Promise<PurchaseOrder> {
  const order = await getPurchaseOrder(tx, before.id);
  announceOrder(tx, before.status, order);
  return order;
}

function notPossible(order: PurchaseOrder, asked: PurchaseOrderState) {
  return problem('STATE_CONFLICT', `${order.number} is ${order.status}; it cannot be ${asked} now.`);
}

/** Pieces per variant. @throws HttpProblem VALIDATION_FAILED for what was not ordered, STATE_CONFLICT for more than that */
async function sumLines(
  tx: TenantTx,
  order: PurchaseOrder,
  receipt: ReceivePurchaseOrder,
): Promise<Map<string, number>> {
  const ordered = new Map(order.lines.flatMap((l) => [[l.variantId, l] as const, [l.sku, l] as const]));
  const unknown = receipt.lines.filter((l) => !ordered.has(l.variantId ?? l.sku ?? ''));
  // Of those not ordered, it names the ones that do not exist at all as what they are.
  if (unknown.length > 0) await findItems(tx, order.supplierId, receipt.lines);
  const came = new Map<string, number>();
  const issues: FieldIssue[] = [];
  const over: FieldIssue[] = [];
  receipt.lines.forEach((item, i) => {
    const line = ordered.get(item.variantId ?? item.sku ?? '');
    if (line === undefined) {
      issues.push({
        field: `body.lines.${i}`,
        message: `must be a variant that ${order.number} orders`,
        value: item.sku ?? item.variantId,
      });
      return;
    }
    const quantity = (came.get(line.variantId) ?? 0) + item.quantity;
    came.set(line.variantId, quantity);
    if (quantity > line.open && !receipt.allowOver) {
      over.push({
        field: `body.lines.${i}.quantity`,
        message: `must leave the line within what was ordered: ${line.quantity} of ${line.sku}, of which ${line.received} have come`,
        value: item.quantity,
      });
    }
  });
  if (issues.length > 0)
    throw problem('VALIDATION_FAILED', 'A line names a variant that was not ordered.', { issues });
  if (over.length > 0) {
    throw problem('STATE_CONFLICT', 'More came than was ordered. Send `allowOver` to take it all the same.', {
      issues: over,
    });
  }
  return came;
}

/** Sees to it that what is received can be given a cost in its variant's currency. @throws HttpProblem VALIDATION_FAILED, STATE_CONFLICT */
async function keepRate(
  tx: TenantTx,
  order: PurchaseOrder,
  givenRate: number | undefined,
  variantIds: string[],
): Promise<void> {
  if (givenRate !== undefined && givenRate !== order.exchangeRate) {
    refuseLateRate(order);
    await tx.execute('update purchase_order set exchange_rate = $3 where tenant_id = $1 and id = $2', [
      tx.tenantId,
      order.id,
      givenRate,
    ]);
  }
  const lines = (await listOrderLines(tx, order.id)).filter(
    (l) => variantIds.includes(l.variantId) && l.currency !== order.currency,
  );
  const others = new Set(lines.map((l) => l.currency));
  const rate = givenRate ?? order.exchangeRate;
  if (others.size > 0 && rate === null) {
    throw invalidField(
      'body.exchangeRate',
      `must say what one ${order.currency} costs in ${[...others].join(', ')}, the currency of what was received`,
    );
  }
  if (others.size > 1) {
    throw problem(
      'STATE_CONFLICT',
      `${order.number} is in ${order.currency}, its variants in ${[...others].join(' and ')}: one exchange rate cannot do for both. Receive them from orders of their own.`,
    );
  }
  const tooDear = lines.find(
    (l) => convertMinor(l.unitCostMinor, rate ?? 1, order.currency, l.currency) > MAX_PRICE_MINOR,
  );
  if (tooDear !== undefined) {
    const largest = toFixedDecimal(MAX_PRICE_MINOR, decimalsOf(tooDear.currency));
    const message = `must leave a piece of ${tooDear.sku} at a cost of at most ${largest} ${tooDear.currency}`;
    throw invalidField('body.exchangeRate', message, rate);
  }
}

/** @throws HttpProblem STATE_CONFLICT when a level would have more pieces than can be counted */
async function moveStock(
  tx: TenantTx,
  order: PurchaseOrder,
  steps: StockStep[],
  settings: StockSettings,
): Promise<void> {
  const location = await findLocation(tx, order.location);
  const locationId = location!.id;
  await ensureLevels(
    tx,
    steps.map(({ variantId }) => ({ variantId, locationId })),
  );
  const requests = steps.map(
    ({ variantId, received, incoming }): StockRequest => ({
      kind: 'adjust',
      actor: tx.actor,
      line: { variantId, location: order.location },
      change: { delta: received },
      incomingDelta: incoming,
      movementKind: 'receipt',
      reason: null,
      reference: `purchase_order:${order.id}`,
      note: null,
    }),
  );
  for (const outcome of await applyStock(tx, requests, settings)) {
    if (outcome.ok) continue;
    const { refusal } = outcome;
    if (refusal.reason === 'too_many') {
      throw problem(
        'STATE_CONFLICT',
        `${refusal.sku} would have more than ${refusal.largest} pieces on hand at ${order.location}.`,
      );
    }
    throw new Error(`the stock of ${order.number} was refused: ${refusal.reason}`);
  }
}
