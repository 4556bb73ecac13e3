/**
 * Works the stock ledger off into costs: layers, moving averages, what sales have cost. A durable consumer, so that no sale
 * waits for it.
 *
 * Invariants
 *   * `stock_changed` says which levels to look at; what happened to them is read from the ledger. Movements of a level carry
 *     its version, and cost_cursor says up to which version it was worked off: each movement counts once, however often its
 *     event is read. What was worked off and the cursor are one commit, in the transaction that moves the consumer.
 *   * The movements since the cursor must lead from its on_hand to the level's. Where they do not (they were archived, or an
 *     older release wrote them), the difference comes in or goes out as one movement without a document.
 */
import type { Logger } from 'pino';
import { newId } from '#platform/crypto';
import { sqlState, type Tx } from '#platform/db';
import type { Consumer, LogEvent } from '#platform/events';
import { convertMinor } from '#platform/money';
import {
  applyMovement,
  type CostedMovement,
  type CostLayer,
  type CostState,
  type SaleCost,
} from './cost-state.ts';

export const createCostConsumer = (log: Pick<Logger, 'error'>): Consumer => ({
  name: 'cost_stock',
  async handle(tx, events) {
    for (const [tenantId, changes] of Map.groupBy(events.filter(isStockChange), (e) => e.tenantId)) {
      const since = new Map<string, number>();
      for (const { data } of changes) {
        const { variantId, updatedAt } = JSON.parse(data) as { variantId: string; updatedAt: string };
        since.set(
          variantId,
          Math.min(since.get(variantId) ?? Number.POSITIVE_INFINITY, Date.parse(updatedAt)),
        );
      }
      await tx.execute('savepoint costs');
      try {
        await costVariants(tx, tenantId, since);
      } catch (error) {
        if (!isOutOfRange(error)) throw error;
        await tx.execute('rollback to savepoint costs');
        log.error({ err: error, tenantId }, 'what stock has cost cannot be written, others go on');
      }
    }
  },
});

/** More pieces or money than a column takes: one tenant's figures, whose costs wait until they fit. */
const isOutOfRange = (error: unknown): boolean => sqlState(error) === '22003';

function isStockChange(event: LogEvent): event is LogEvent & { tenantId: string } {
  return event.type === 'stock_changed' && event.tenantId !== null;
}

/** How much older than its event a movement's id may be: transactions are shorter, and clocks of processes closer, by far. */
const idSlackMs = 600_000;

interface LevelToCost {
  variantId: string;
  locationId: string;
  version: number;
  onHand: number;
  /** Null: never looked at. */
  fromVersion: number | null;
  fromOnHand: number;
}

interface MovementRow extends Omit<CostedMovement, 'unitCostMinor'> {
  variantId: string;
  locationId: string;
}

/** `since`: per variant, about when the earliest of its changes happened, in milliseconds; it only saves reading. */
async function costVariants(tx: Tx, tenantId: string, since: Map<string, number>): Promise<void> {
  const levels = await tx.query<LevelToCost>(
    `select s.variant_id as "variantId", s.location_id as "locationId", s.version, s.on_hand as "onHand",
       c.level_version as "fromVersion", coalesce(c.on_hand, 0) as "fromOnHand"
     from stock_level s
     left join cost_cursor c on c.tenant_id = s.tenant_id and c.variant_id = s.variant_id and c.location_id = s.location_id
     where s.tenant_id = $1 and s.variant_id = any ($2) and (c.level_version is null or c.level_version < s.version)`,
    [tenantId, [...since.keys()]],
  );
  if (levels.length === 0) return;
  const movements = await readLedger(tx, tenantId, levels, since);
  if (movements.length > 0) await applyToCosts(tx, tenantId, movements);
  await tx.execute(
    `insert into cost_cursor (tenant_id, variant_id, location_id, level_version, on_hand)
     select $1, * from unnest($2::uuid[], $3::uuid[], $4::int[], $5::int[])
     on conflict (tenant_id, variant_id, location_id) do update set level_version = excluded.level_version, on_hand = excluded.on_hand`,
    [
      tenantId,
      levels.map((l) => l.variantId),
      levels.map((l) => l.locationId),
      levels.map((l) => l.version),
      levels.map((l) => l.onHand),
    ],
  );
}

/** What happened to the levels since their cursors, oldest first. */
async function readLedger(
  tx: Tx,
  tenantId: string,
  levels: LevelToCost[],
  since: Map<string, number>,
): Promise<MovementRow[]> {
  const keyOf = (row: { variantId: string; locationId: string }) => `${row.variantId}/${row.locationId}`;
  const missing = (level: LevelToCost, rows: MovementRow[] = []): number =>
    level.onHand - level.fromOnHand - rows.reduce((sum, row) => sum + row.quantity, 0);
  const firstId = (level: LevelToCost): string =>
    level.fromVersion === null ? idAt(0) : idAt(since.get(level.variantId)! - idSlackMs);
  const found = Map.groupBy(await readMovements(tx, tenantId, levels, firstId), keyOf);
  const incomplete = levels.filter((l) => l.fromVersion !== null && missing(l, found.get(keyOf(l))) !== 0);
  if (incomplete.length > 0) {
    const all = Map.groupBy(await readMovements(tx, tenantId, incomplete, () => idAt(0)), keyOf);
    for (const level of incomplete) found.set(keyOf(level), all.get(keyOf(level)) ?? []);
  }
  const rows = levels.flatMap((level) => {
    const own = found.get(keyOf(level)) ?? [];
    const quantity = missing(level, own);
    if (quantity !== 0) {
      // Before all that is known of it.
      const at = own[0]?.at ?? new Date(since.get(level.variantId)!);
      const kind = level.fromVersion === null ? 'opening' : 'repair';
      const { variantId, locationId } = level;
      own.unshift({ variantId, locationId, kind, quantity, reference: null, at });
    }
    // The versions of a level are its order, whatever the clocks of those who wrote it said.
    let latest = own[0]?.at ?? new Date(0);
    return own.map((row) => {
      if (row.at > latest) latest = row.at;
      return { ...row, at: latest };
    });
  });
  return rows.toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

function readMovements(
  tx: Tx,
  tenantId: string,
  levels: LevelToCost[],
  firstId: (level: LevelToCost) => string,
): Promise<MovementRow[]> {
  return tx.query<MovementRow>(
    `select m.variant_id as "variantId", m.location_id as "locationId", m.kind, m.quantity, m.reference, m.created_at as at
     from unnest($2::uuid[], $3::uuid[], $4::int[], $5::int[], $6::uuid[]) as l (variant_id, location_id, after, up_to, first_id)
     join movement m on m.tenant_id = $1 and m.variant_id = l.variant_id and m.location_id = l.location_id and m.id >= l.first_id
       and m.level_version > l.after and m.level_version <= l.up_to
     order by m.level_version, m.id`,
    [
      tenantId,
      levels.map((l) => l.variantId),
      levels.map((l) => l.locationId),
      // Those of a release that kept no versions have 0.
      levels.map((l) => l.fromVersion ?? -1),
      levels.map((l) => l.version),
      levels.map(firstId),
    ],
  );
}

/** The lowest id made at that time. */
function idAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

async function applyToCosts(tx: Tx, tenantId: string, movements: MovementRow[]): Promise<void> {
  const variantIds = [...new Set(movements.map((m) => m.variantId))];
  const states = await readStates(tx, tenantId, variantIds);
  const receiptCosts = await readReceiptCosts(tx, tenantId, movements);
  const known = new Set([...states.values()].flatMap((s) => s.layers.map((l) => l.id)));
  const days = new Map<string, SaleCost & { variantId: string; day: string }>();
  for (const movement of movements) {
    const { variantId, reference, at } = movement;
    const state = states.get(variantId);
    // Its variant was removed since.
    if (state === undefined) continue;
    const unitCostMinor =
      movement.kind === 'receipt' ? (receiptCosts.get(`${reference}/${variantId}`) ?? null) : null;
    const cost = applyMovement(
      state,
      { ...movement, unitCostMinor },
      { fallbackMinor: state.costMinor, newId },
    );
    if (cost === null) continue;
    const day = at.toISOString().slice(0, 10);
    const key = `${variantId}/${day}`;
    const sum = days.get(key) ?? {
      variantId,
      day,
      quantity: 0,
      fifoMinor: 0,
      averageMinor: 0,
      withoutCost: 0,
    };
    days.set(key, {
      ...sum,
      quantity: sum.quantity + cost.quantity,
      fifoMinor: sum.fifoMinor + cost.fifoMinor,
      averageMinor: sum.averageMinor + cost.averageMinor,
      withoutCost: sum.withoutCost + cost.withoutCost,
    });
  }
  await writeStates(tx, tenantId, states, known);
  await writeDays(tx, tenantId, [...days.values()]);
}

type VariantState = CostState & { costMinor: number | null };

async function readStates(
  tx: Tx,
  tenantId: string,
  variantIds: string[],
): Promise<Map<string, VariantState>> {
  const rows = await tx.query<{
    variantId: string;
    costMinor: number | null;
    quantity: number;
    averageMinor: string | null;
  }>(
    `select v.id as "variantId", v.cost_minor as "costMinor", coalesce(c.quantity, 0) as quantity, c.average_minor as "averageMinor"
     from variant v left join variant_cost c on c.tenant_id = v.tenant_id and c.variant_id = v.id
     where v.tenant_id = $1 and v.id = any ($2)`,
    [tenantId, variantIds],
  );
  const layers = Map.groupBy(
    await tx.query<Omit<CostLayer, 'unitCostMinor'> & { variantId: string; unitCostMinor: string | null }>(
      `select id, variant_id as "variantId", source, reference, received_at as "receivedAt", quantity, remaining,
         unit_cost_minor as "unitCostMinor"
       from cost_layer where tenant_id = $1 and variant_id = any ($2) and remaining > 0 order by received_at, id`,
      [tenantId, variantIds],
    ),
    (layer) => layer.variantId,
  );
  return new Map(
    rows.map(({ variantId, averageMinor, ...row }) => [
      variantId,
      {
        ...row,
        averageMinor: averageMinor === null ? null : Number(averageMinor),
        layers: (layers.get(variantId) ?? []).map((layer) => ({
          ...layer,
          unitCostMinor: layer.unitCostMinor === null ? null : Number(layer.unitCostMinor),
        })),
      },
    ]),
  );
}

/** By `purchase_order:<id>/<variant>`: the cost of one piece in the variant's currency. */
async function readReceiptCosts(
  tx: Tx,
  tenantId: string,
  movements: MovementRow[],
): Promise<Map<string, number>> {
  const prefix = 'purchase_order:';
  const receipts = movements.filter((m) => m.kind === 'receipt' && m.reference?.startsWith(prefix));
  if (receipts.length === 0) return new Map();
  const rows = await tx.query<{
    orderId: string;
    variantId: string;
    unitCostMinor: number;
    rate: number;
    from: string;
    to: string;
  }>(
    `select n.order_id as "orderId", n.variant_id as "variantId", n.unit_cost_minor as "unitCostMinor",
       case when o.currency = v.currency then 1 else o.exchange_rate end::float8 as rate, o.currency as "from", v.currency as "to"
     from purchase_order_line n
     join purchase_order o on o.tenant_id = n.tenant_id and o.id = n.order_id
     join variant v on v.tenant_id = n.tenant_id and v.id = n.variant_id
     where n.tenant_id = $1 and n.order_id = any ($2) and n.variant_id = any ($3)`,
    [
      tenantId,
      [...new Set(receipts.map((m) => m.reference!.slice(prefix.length)))],
      [...new Set(receipts.map((m) => m.variantId))],
    ],
  );
  return new Map(
    rows.map((row) => [
      `${prefix}${row.orderId}/${row.variantId}`,
      convertMinor(row.unitCostMinor, row.rate, row.from, row.to),
    ]),
  );
}

async function writeStates(
  tx: Tx,
  tenantId: string,
  states: Map<string, VariantState>,
  known: ReadonlySet<string>,
): Promise<void> {
  const entries = [...states];
  await tx.execute(
    `insert into variant_cost (tenant_id, variant_id, quantity, average_minor, updated_at)
     select $1, *, $5::timestamptz from unnest($2::uuid[], $3::int[], $4::numeric[])
     on conflict (tenant_id, variant_id) do update
       set quantity = excluded.quantity, average_minor = excluded.average_minor, updated_at = excluded.updated_at`,
    [
      tenantId,
      entries.map(([variantId]) => variantId),
      entries.map(([, s]) => s.quantity),
      entries.map(([, s]) => s.averageMinor),
      tx.clock.now(),
    ],
  );
  const layers = entries.flatMap(([variantId, s]) => s.layers.map((layer) => ({ ...layer, variantId })));
  const old = layers.filter((l) => known.has(l.id));
  await tx.execute(
    `update cost_layer l set remaining = c.remaining from unnest($2::uuid[], $3::int[]) as c (id, remaining)
     where l.tenant_id = $1 and l.id = c.id and l.remaining <> c.remaining`,
    [tenantId, old.map((l) => l.id), old.map((l) => l.remaining)],
  );
  const fresh = layers.filter((l) => !known.has(l.id));
  await tx.execute(
    `insert into cost_layer (tenant_id, id, variant_id, source, reference, received_at, quantity, remaining, unit_cost_minor)
     select $1, * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::int[], $8::int[], $9::numeric[])`,
    [
      tenantId,
      fresh.map((l) => l.id),
      fresh.map((l) => l.variantId),
      fresh.map((l) => l.source),
      fresh.map((l) => l.reference),
      fresh.map((l) => l.receivedAt),
      fresh.map((l) => l.quantity),
      fresh.map((l) => l.remaining),
      fresh.map((l) => l.unitCostMinor),
    ],
  );
}

async function writeDays(
  tx: Tx,
  tenantId: string,
  days: (SaleCost & { variantId: string; day: string })[],
): Promise<void> {
  if (days.length === 0) return;
  await tx.execute(
    `insert into cost_day as d (tenant_id, variant_id, day, quantity, fifo_minor, average_minor, without_cost)
     select $1, * from unnest($2::uuid[], $3::date[], $4::int[], $5::numeric[], $6::numeric[], $7::int[])
     on conflict (tenant_id, variant_id, day) do update
       set quantity = d.quantity + excluded.quantity, fifo_minor = d.fifo_minor + excluded.fifo_minor,
         average_minor = d.average_minor + excluded.average_minor, without_cost = d.without_cost + excluded.without_cost`,
    [
      tenantId,
      days.map((d) => d.variantId),
      days.map((d) => d.day),
      days.map((d) => d.quantity),
      days.map((d) => d.fifoMinor),
      days.map((d) => d.averageMinor),
      days.map((d) => d.withoutCost),
    ],
  );
}
