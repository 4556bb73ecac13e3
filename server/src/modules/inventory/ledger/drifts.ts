/** What the check found: listed, and repaired. */
import type { LedgerRepaired, LedgerReport, StockDrift } from '@tradepost/contracts';
import { z } from 'zod';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { decodeCursor, pageOf } from '#platform/http';
import { announce, type ChangedLevel, stateOf } from '../announce.ts';
import type { StockSettings } from '../apply-stock.ts';
import { explain } from '../history/links.ts';
import { type LockedLevel, lockLevels, type StockWrite, writeStock } from '../queries.ts';
import { driftsOf, type LevelProof, proveLevels } from './prove.ts';

interface DriftRow extends Omit<StockDrift, 'foundAt' | 'repairedAt' | 'repairedByName'> {
  locationId: string;
  foundAt: Date;
  repairedAt: Date | null;
}

const drifts = `select d.id, d.variant_id as "variantId", v.sku, v.name, d.location_id as "locationId", l.code as location, d.kind, d.actual, d.expected,
    d.movement_id as "movementId", d.found_at as "foundAt", d.repaired_at as "repairedAt", d.repaired_by as "repairedBy"
  from stock_drift d join variant v on v.tenant_id = $1 and v.id = d.variant_id join location l on l.tenant_id = $1 and l.id = d.location_id
  where d.tenant_id = $1`;

async function present(tx: TenantTx, rows: DriftRow[]): Promise<StockDrift[]> {
  const explained = await explain(
    tx,
    rows.map((row) => ({ reference: null, actor: row.repairedBy ?? '' })),
  );
  return rows.map(({ locationId, ...row }, i) => ({
    ...row,
    foundAt: row.foundAt.toISOString(),
    repairedAt: row.repairedAt?.toISOString() ?? null,
    repairedByName: explained[i]!.actorName,
  }));
}

/** Newest first. */
export async function readLedgerReport(
  tx: TenantTx,
  filter: { state: 'open' | 'repaired'; limit: number; cursor?: string },
): Promise<LedgerReport> {
  const before = decodeCursor(z.uuid(), filter.cursor);
  const rows = await tx.query<DriftRow>(
    `${drifts} and d.repaired_at is ${filter.state === 'open' ? '' : 'not'} null and ($2::uuid is null or d.id < $2)
     order by d.id desc limit $3`,
    [tx.tenantId, before ?? null, filter.limit + 1],
  );
  const check = await tx.one<{
    checked_at: Date | null;
    levels: number | null;
    movements: string | null;
    open: number;
  }>(
    `select c.checked_at, c.levels, c.movements, (select count(*)::int from stock_drift where tenant_id = $1 and repaired_at is null) as open
     from (select) one left join stock_check c on c.tenant_id = $1`,
    [tx.tenantId],
  );
  const page = pageOf(
    rows,
    filter.limit,
    (row) => row,
    (row) => row.id,
  );
  return {
    items: await present(tx, page.items),
    nextCursor: page.nextCursor,
    checkedAt: check.checked_at?.toISOString() ?? null,
    levels: check.levels ?? 0,
    movements: Number(check.movements ?? 0),
    open: check.open,
  };
}

/**
 * Repairs drifts, as things stand now and not as they were found. What people saw on the level is taken for true: a
 * movement of kind `repair` brings the ledger to it and leaves the level alone. What is reserved is set to what the live
 * reservations hold, by the same guarded statement as every other change. All in the caller's transaction.
 */
export async function repairDrifts(
  tx: TenantTx,
  ids: string[],
  settings: StockSettings,
): Promise<LedgerRepaired> {
  // Levels are locked before their drifts are read: two repairs take turns, and the second finds nothing to do.
  const named = await tx.query<{ variantId: string }>(
    'select distinct variant_id as "variantId" from stock_drift where tenant_id = $1 and id = any ($2)',
    [tx.tenantId, ids],
  );
  const levels = await lockLevels(
    tx,
    [],
    named.map((n) => n.variantId),
  );
  const open = await tx.query<DriftRow>(`${drifts} and d.repaired_at is null and d.id = any ($2)`, [
    tx.tenantId,
    ids,
  ]);
  const proofs = await proveThese(tx, named);
  const write: StockWrite = {
    now: tx.clock.now(),
    levels: [],
    reservations: [],
    reservationLines: [],
    changes: [],
    movements: [],
  };
  const changed: ChangedLevel[] = [];
  const refused: LedgerRepaired['refused'] = [];
  const done: string[] = [];
  const ledgersDone = new Set<LevelProof>();
  for (const drift of open) {
    const proof = proofs.find((p) => p.variantId === drift.variantId && p.locationId === drift.locationId)!;
    const level = levels.find((l) => l.variantId === drift.variantId && l.locationId === drift.locationId)!;
    const isReserved = drift.kind === 'reserved';
    const now = driftsOf(proof).find((found) => (found.kind === 'reserved') === isReserved);
    if (now === undefined) refused.push({ id: drift.id, reason: 'gone' });
    else if (isReserved && proof.held > level.onHand)
      refused.push({ id: drift.id, reason: 'reserved_above_on_hand' });
    else {
      if (isReserved) changed.push(correctReserved(write, level, proof, settings));
      else if (!ledgersDone.has(proof)) addRepair(tx, write, level, proof);
      if (!isReserved) ledgersDone.add(proof);
      done.push(drift.id);
    }
  }
  const found = new Set(open.map((drift) => drift.id));
  for (const id of ids) if (!found.has(id)) refused.push({ id, reason: 'gone' });
  if (done.length > 0) await writeStock(tx, write);
  const now = tx.clock.now();
  for (const level of changed) {
    level.version += 1;
    if (level.updatedAt < now) level.updatedAt = now;
  }
  const alerts = changed.map((level) => ({ level, alert: stateOf(level, settings) }));
  await announce(tx, alerts, new Set(), settings);
  await tx.execute(
    'update stock_drift set repaired_at = $3, repaired_by = $4 where tenant_id = $1 and id = any ($2)',
    [tx.tenantId, done, now, tx.actor],
  );
  await tx.execute('delete from stock_drift where tenant_id = $1 and id = any ($2)', [
    tx.tenantId,
    refused.filter((r) => r.reason === 'gone' && found.has(r.id)).map((r) => r.id),
  ]);
  const rows = await tx.query<DriftRow>(`${drifts} and d.id = any ($2) order by d.id`, [tx.tenantId, done]);
  return { repaired: await present(tx, rows), refused };
}

/** The variants one by one: a range that held them all could hold every other level too. */
async function proveThese(tx: TenantTx, variants: { variantId: string }[]): Promise<LevelProof[]> {
  const proofs: LevelProof[] = [];
  for (const { variantId } of variants)
    proofs.push(...(await proveLevels(tx, idBefore(variantId), variantId)));
  return proofs;
}

/** The id right below another one, in the order of UUIDs. */
function idBefore(id: string): string {
  const hex = (BigInt(`0x${id.replaceAll('-', '')}`) - 1n).toString(16).padStart(32, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function addRepair(tx: TenantTx, write: StockWrite, level: LockedLevel, proof: LevelProof): void {
  write.movements.push({
    id: newId(),
    variantId: level.variantId,
    locationId: level.locationId,
    kind: 'repair',
    quantity: level.onHand - proof.moved,
    onHandAfter: level.onHand,
    reason: 'The ledger did not add up to the level.',
    reference: null,
    actor: tx.actor,
    note: null,
    levelVersion: level.version,
    at: new Date(Math.max(level.updatedAt.getTime(), tx.clock.now().getTime())),
  });
}

function correctReserved(
  write: StockWrite,
  level: LockedLevel,
  { held }: LevelProof,
  settings: StockSettings,
): ChangedLevel {
  const { variantId, locationId, onHand, reserved, incoming } = level;
  const corrected = { ...level, reserved: held, before: { onHand, reserved, incoming } };
  const alert = stateOf(corrected, settings);
  const deltas = { onHandDelta: 0, reservedDelta: held - reserved, incomingDelta: 0 };
  write.levels.push({ variantId, locationId, ...deltas, alert });
  return corrected;
}
