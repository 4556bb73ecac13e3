/** Purchase orders before they are sent: made, changed, deleted. */
import type {
  CreatePurchaseOrder,
  FieldIssue,
  PurchaseOrder,
  PurchaseOrderState,
  UpdatePurchaseOrder,
} from '@tradepost/contracts';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { invalidField, problem } from '#platform/http';
import { getPurchaseOrder, lockPurchaseOrder } from './read-purchase-orders.ts';

/** A variant as a line of a request names it. */
export interface ItemRef {
  variantId?: string;
  sku?: string;
}

interface OrderedVariant {
  variantId: string;
  supplierSku: string | null;
  priceMinor: number | null;
}

interface NewOrderLine {
  variantId: string;
  quantity: number;
  unitCostMinor: number;
  supplierSku: string | null;
  explanation: string | null;
  autoNeed: boolean;
}

/** @throws HttpProblem NOT_FOUND, STATE_CONFLICT, VALIDATION_FAILED */
export async function createPurchaseOrder(tx: TenantTx, input: CreatePurchaseOrder): Promise<PurchaseOrder> {
  const supplier = await holdSupplier(tx, input.supplierId);
  const location = await getLocation(tx, input.location ?? 'main');
  const lines = await readLines(tx, input.supplierId, input.lines);
  const id = await insertOrder(tx, {
    supplierId: input.supplierId,
    locationId: location.id,
    origin: 'person',
    currency: supplier.currency,
    exchangeRate: input.exchangeRate ?? null,
    expectedOn: input.expectedOn ?? null,
    supplierReference: input.supplierReference ?? null,
    notes: input.notes || null,
  });
  await insertLines(tx, id, lines);
  const order = await getPurchaseOrder(tx, id);
  announceOrder(tx, null, order);
  return order;
}

/** @throws HttpProblem NOT_FOUND, VERSION_CONFLICT, STATE_CONFLICT, VALIDATION_FAILED */
export async function updatePurchaseOrder(
  tx: TenantTx,
  id: string,
  change: UpdatePurchaseOrder,
): Promise<PurchaseOrder> {
  const before = await lockPurchaseOrder(tx, id, change.version);
  if (before.status !== 'draft' && (change.lines !== undefined || change.location !== undefined)) {
    throw problem(
      'STATE_CONFLICT',
      `${before.number} is ${before.status}: its lines and its location stay as they were sent.`,
    );
  }
  const { exchangeRate = before.exchangeRate } = change;
  if (exchangeRate !== before.exchangeRate) refuseLateRate(before);
  if (change.lines !== undefined) {
    const lines = await readLines(tx, before.supplierId, change.lines);
    // An automatic line that stays keeps its reason, and the need it answers.
    const kept = await tx.query<{ variantId: string; explanation: string | null; autoNeed: boolean }>(
      `delete from purchase_order_line where tenant_id = $1 and order_id = $2
       returning variant_id as "variantId", explanation, auto_need as "autoNeed"`,
      [tx.tenantId, id],
    );
    const byVariant = new Map(kept.map((line) => [line.variantId, line]));
    await insertLines(
      tx,
      id,
      lines.map((line) => ({ ...line, ...byVariant.get(line.variantId) })),
    );
  }
  const location = change.location === undefined ? null : await getLocation(tx, change.location);
  const orDefault = <T>(value: T | undefined, was: T): T => (value === undefined ? was : value);
  try {
    await tx.execute(
      `update purchase_order set location_id = coalesce($3, location_id), exchange_rate = $4, expected_on = $5,
         supplier_reference = $6, notes = $7, version = version + 1, updated_at = $8
       where tenant_id = $1 and id = $2`,
      [
        tx.tenantId,
        id,
        location?.id ?? null,
        exchangeRate,
        orDefault(change.expectedOn, before.expectedOn),
        orDefault(change.supplierReference, before.supplierReference),
        orDefault(change.notes, before.notes) || null,
        tx.clock.now(),
      ],
    );
  } catch (error) {
    if ((error as { constraint?: string }).constraint !== 'purchase_order_auto_draft') throw error;
    throw problem('STATE_CONFLICT', 'There is an automatic draft for that location already.');
  }
  const order = await getPurchaseOrder(tx, id);
  announceOrder(tx, before.status, order);
  return order;
}

/** @throws HttpProblem NOT_FOUND, STATE_CONFLICT */
export async function deletePurchaseOrder(tx: TenantTx, id: string): Promise<void> {
  const order = await lockPurchaseOrder(tx, id);
  if (order.status !== 'draft') {
    throw problem('STATE_CONFLICT', `${order.number} is ${order.status}. Only a draft can be deleted.`);
  }
  await tx.execute('delete from purchase_order where tenant_id = $1 and id = $2', [tx.tenantId, id]);
  announceOrder(tx, order.status, { ...order, status: null });
}

/** Once pieces were costed by one rate, another would make two costs of one line. @throws HttpProblem STATE_CONFLICT */
export function refuseLateRate(order: PurchaseOrder): void {
  if (order.received > 0) {
    throw problem(
      'STATE_CONFLICT',
      `Goods of ${order.number} were received at an exchange rate of ${order.exchangeRate ?? 1}; it cannot be changed any more.`,
    );
  }
}

/** The supplier, neither archived nor changed until the transaction ends. @throws HttpProblem NOT_FOUND, STATE_CONFLICT */
export async function holdSupplier(tx: TenantTx, id: string): Promise<{ currency: string }> {
  const supplier = await tx.maybeOne<{ name: string; currency: string; archived: boolean }>(
    'select name, currency, archived_at is not null as archived from supplier where tenant_id = $1 and id = $2 for share',
    [tx.tenantId, id],
  );
  if (supplier === undefined) throw problem('NOT_FOUND', 'There is no such supplier.');
  if (supplier.archived)
    throw problem('STATE_CONFLICT', `${supplier.name} is archived; nothing is ordered from it.`);
  return supplier;
}

/** @throws HttpProblem VALIDATION_FAILED */
async function getLocation(tx: TenantTx, code: string): Promise<{ id: string }> {
  const location = await tx.maybeOne<{ id: string }>(
    'select id from location where tenant_id = $1 and code = $2 and archived_at is null',
    [tx.tenantId, code],
  );
  if (location === undefined)
    throw invalidField('body.location', 'must be the code of a location that is not archived', code);
  return location;
}

/**
 * The variants that lines of a request name, in their order.
 *
 * @throws HttpProblem VALIDATION_FAILED naming each line without one
 */
export async function findItems(
  tx: TenantTx,
  supplierId: string,
  items: ItemRef[],
): Promise<OrderedVariant[]> {
  const rows = await tx.query<OrderedVariant & { sku: string }>(
    `select v.id as "variantId", v.sku, p.supplier_sku as "supplierSku", p.price_minor as "priceMinor"
     from (select id from variant where tenant_id = $1 and sku = any ($2)
       union select id from variant where tenant_id = $1 and id = any ($3)) found
     join variant v on v.tenant_id = $1 and v.id = found.id
     join product r on r.tenant_id = $1 and r.id = v.product_id and r.deleted_at is null
     left join supplier_price p on p.tenant_id = $1 and p.supplier_id = $4 and p.variant_id = v.id`,
    [tx.tenantId, items.flatMap((i) => i.sku ?? []), items.flatMap((i) => i.variantId ?? []), supplierId],
  );
  const byRef = new Map(rows.flatMap((row) => [[row.variantId, row] as const, [row.sku, row] as const]));
  const found = items.map((item) => byRef.get(item.variantId ?? item.sku ?? ''));
  const issues = found.flatMap((variant, i): FieldIssue[] => {
    if (variant !== undefined) return [];
    const field = items[i]!.sku === undefined ? 'variantId' : 'sku';
    return [
      {
        field: `body.lines.${i}.${field}`,
        message: 'must be a variant of this tenant that is not deleted',
        value: items[i]![field],
      },
    ];
  });
  if (issues.length > 0)
    throw problem('VALIDATION_FAILED', 'A line names a variant that does not exist.', { issues });
  return found.map((variant) => variant!);
}

async function readLines(
  tx: TenantTx,
  supplierId: string,
  lines: CreatePurchaseOrder['lines'],
): Promise<NewOrderLine[]> {
  const variants = await findItems(tx, supplierId, lines);
  const seen = new Set<string>();
  const issues: FieldIssue[] = [];
  const read = lines.map((line, i): NewOrderLine => {
    const { variantId, supplierSku, priceMinor } = variants[i]!;
    const unitCostMinor = line.unitCostMinor ?? priceMinor;
    if (seen.has(variantId))
      issues.push({ field: `body.lines.${i}`, message: 'must name a variant that no other line names' });
    if (unitCostMinor === null) {
      issues.push({
        field: `body.lines.${i}.unitCostMinor`,
        message: 'must be given: the supplier has no price for this variant',
      });
    }
    seen.add(variantId);
    const { quantity } = line;
    return {
      variantId,
      quantity,
      unitCostMinor: unitCostMinor ?? 0,
      supplierSku,
      explanation: null,
      autoNeed: false,
    };
  });
  if (issues.length > 0) throw problem('VALIDATION_FAILED', 'A line cannot be ordered so.', { issues });
  return read;
}

/** Makes a draft and gives its id. Orders of a tenant are made one after another. */
export async function insertOrder(
  tx: TenantTx,
  order: {
    supplierId: string;
    locationId: string;
    origin: PurchaseOrder['origin'];
    currency: string;
    exchangeRate: number | null;
    expectedOn: string | null;
    supplierReference: string | null;
    notes: string | null;
  },
): Promise<string> {
  const { number } = await tx.one<{ number: number }>(
    `insert into purchase_counter (tenant_id, last_number) values ($1, 1)
     on conflict (tenant_id) do update set last_number = purchase_counter.last_number + 1
     returning last_number as number`,
    [tx.tenantId],
  );
  const id = newId();
  await tx.execute(
    `insert into purchase_order (tenant_id, id, number, supplier_id, location_id, status, origin, currency, exchange_rate,
       expected_on, supplier_reference, notes, actor, created_at, updated_at)
     values ($1, $2, $3, $4, $5, 'draft', $6, $7, $8, $9, $10, $11, $12, $13, $13)`,
    [
      tx.tenantId,
      id,
      number,
      order.supplierId,
      order.locationId,
      order.origin,
      order.currency,
      order.exchangeRate,
      order.expectedOn,
      order.supplierReference,
      order.notes,
      tx.actor,
      tx.clock.now(),
    ],
  );
  return id;
}

/** Adds lines after those there are; an automatic one whose need has a line already is left out. Returns the number added. */
export function insertLines(tx: TenantTx, orderId: string, lines: NewOrderLine[]): Promise<number> {
  return tx.execute(
    `insert into purchase_order_line (tenant_id, order_id, variant_id, position, quantity, unit_cost_minor, supplier_sku, explanation, auto_need)
     select $1, $2, n.variant_id, n.place + coalesce((select max(position) from purchase_order_line where tenant_id = $1 and order_id = $2), 0),
       n.quantity, n.unit_cost_minor, n.supplier_sku, n.explanation, n.auto_need
     from unnest($3::uuid[], $4::int[], $5::bigint[], $6::text[], $7::text[], $8::boolean[])
       with ordinality as n (variant_id, quantity, unit_cost_minor, supplier_sku, explanation, auto_need, place)
     order by n.place
     on conflict do nothing`,
    [
      tx.tenantId,
      orderId,
      lines.map((l) => l.variantId),
      lines.map((l) => l.quantity),
      lines.map((l) => l.unitCostMinor),
      lines.map((l) => l.supplierSku),
      lines.map((l) => l.explanation),
      lines.map((l) => l.autoNeed),
    ],
  );
}

/** Says that the order is as it is now. */
export function announceOrder(
  tx: TenantTx,
  previousStatus: PurchaseOrderState | null,
  order: Pick<PurchaseOrder, 'id' | 'number' | 'supplierId' | 'version'> & {
    status: PurchaseOrderState | null;
  },
): void {
  tx.emit('purchase_order_updated', {
    purchaseOrderId: order.id,
    number: order.number,
    supplierId: order.supplierId,
    previousStatus,
    status: order.status,
    version: order.version,
  });
}
