/** Proves the ledger piece by piece, and notes where it does not add up. */
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import type { TaskContext } from '#platform/jobs';
import { driftsOf, type LevelProof, proveLevels } from './prove.ts';

const levelsAtOnce = 1000;
const nil = '00000000-0000-0000-0000-000000000000';
const last = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Checks every level of the tenant, in pieces. Drifts not found again are forgotten. */
export async function run(ctx: TaskContext): Promise<{ levels: number; movements: number; drifts: number }> {
  let startedAt: Date | undefined;
  const total = { levels: 0, movements: 0, drifts: 0 };
  for (let after: string | null = nil; after !== null; ) {
    ctx.signal.throwIfAborted();
    const from: string = after;
    after = await ctx.transaction(async (tx) => {
      startedAt ??= tx.clock.now();
      const end = await tx.maybeOne<{ id: string }>(
        `select variant_id as id from stock_level where tenant_id = $1 and variant_id > $2
         order by variant_id, location_id offset $3 limit 1`,
        [tx.tenantId, from, levelsAtOnce - 1],
      );
      const proofs = await proveLevels(tx, from, end?.id ?? last);
      total.levels += proofs.length;
      total.movements += proofs.reduce((sum, proof) => sum + proof.movements, 0);
      total.drifts += await noteDrifts(tx, proofs);
      return end?.id ?? null;
    });
    ctx.progress(total.levels, null);
  }
  await ctx.transaction(async (tx) => {
    await tx.execute(
      'delete from stock_drift where tenant_id = $1 and repaired_at is null and seen_at < $2',
      [tx.tenantId, startedAt],
    );
    await tx.execute(
      `insert into stock_check (tenant_id, checked_at, levels, movements) values ($1, $2, $3, $4)
       on conflict (tenant_id) do update set checked_at = excluded.checked_at, levels = excluded.levels, movements = excluded.movements`,
      [tx.tenantId, tx.clock.now(), total.levels, total.movements],
    );
  });
  if (total.drifts > 0) ctx.log.error(total, 'the ledger does not add up to the stock');
  return total;
}

async function noteDrifts(tx: TenantTx, proofs: LevelProof[]): Promise<number> {
  const drifts = proofs.flatMap((proof) =>
    driftsOf(proof).map((found) => ({ ...found, ...proof, id: newId() })),
  );
  if (drifts.length === 0) return 0;
  await tx.execute(
    `insert into stock_drift (tenant_id, id, variant_id, location_id, kind, actual, expected, movement_id, found_at, seen_at)
     select $1, d.*, $2, $2 from unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::int[], $8::int[], $9::uuid[]) d
     on conflict (tenant_id, variant_id, location_id, kind) where repaired_at is null
     do update set actual = excluded.actual, expected = excluded.expected, movement_id = excluded.movement_id, seen_at = excluded.seen_at`,
    [
      tx.tenantId,
      tx.clock.now(),
      drifts.map((d) => d.id),
      drifts.map((d) => d.variantId),
      drifts.map((d) => d.locationId),
      drifts.map((d) => d.kind),
      drifts.map((d) => d.actual),
      drifts.map((d) => d.expected),
      drifts.map((d) => d.movementId),
    ],
  );
  return drifts.length;
}
