/**
 * What becomes of the past of the stock: each day that is over is summed up in stock_day, movements that are old move to the
 * archive, and of the history of levels what is older goes.
 *
 * Invariants
 *   * A day is folded once: a piece of its levels is written in one commit with the place that says so (stock_rollup), whose
 *     row is locked by who folds.
 *   * A movement is archived in one statement, and only from days that are folded. Whoever reads both tables in one statement
 *     meets each movement once.
 *   * Of each level the newest row from before the limit stays, so that the instants after the limit are known exactly.
 *   * Every transaction is short; one that is killed leaves nothing half, and the next run goes on behind it.
 */
import type { Database, Tx } from '#platform/db';
import { eachAlone, type Upkeep } from '#platform/jobs';

const dayMs = 86_400_000;
/** Levels that one transaction looks at, and rows that one moves or drops. */
const pieces = { levels: 5000, rows: 5000 };
type Pieces = typeof pieces;
/** How long after midnight a transaction that took its time before it may still commit. */
const graceMs = 10 * 60_000;
const checkEveryMs = 10 * 60_000;

/** Looks every ten minutes for what a day's end has made due; the bulk of it comes once a day. */
export function historyUpkeep(db: Database, maxHistoryDays: number): Upkeep {
  return {
    name: 'keep_stock_history',
    intervalMs: checkEveryMs,
    async run() {
      const tenants = await db.asSystem('tenants with stock', (tx) =>
        tx.query<{ id: string }>('select id from auth.organization order by id'),
      );
      await eachAlone(tenants, ({ id }) => keepHistory(db, id, maxHistoryDays));
    },
  };
}

/** Does all that is due for one tenant. Others may do the same at the same time: they take turns. */
export async function keepHistory(
  db: Database,
  tenantId: string,
  maxHistoryDays: number,
  atOnce: Pieces = pieces,
): Promise<void> {
  while (await db.asSystem('fold stock', (tx) => foldPiece(tx, tenantId, atOnce.levels)));
  const limit = utcDay(new Date(db.clock.now().getTime() - maxHistoryDays * dayMs));
  const archive = () => db.asSystem('archive stock', (tx) => archivePiece(tx, tenantId, limit, atOnce.rows));
  while ((await archive()) === atOnce.rows);
  await trimHistory(db, tenantId, limit, atOnce);
}

/** `2026-11-22` */
const utcDay = (at: Date): string => at.toISOString().slice(0, 10);

/** Folds the next piece of the next day that is over. False: there is none, or another process is at it. */
async function foldPiece(tx: Tx, tenantId: string, levelsAtOnce: number): Promise<boolean> {
  const lastOver = utcDay(new Date(tx.clock.now().getTime() - graceMs - dayMs));
  await tx.execute(
    `insert into stock_rollup (tenant_id, through_day)
     select $1, coalesce((select (min(created_at) at time zone 'UTC')::date - 1 from movement where tenant_id = $1), $2::date)
     where not exists (select from stock_rollup where tenant_id = $1) on conflict do nothing`,
    [tenantId, lastOver],
  );
  const place = await tx.maybeOne<{ day: string; folded_to: string | null }>(
    `select (through_day + 1)::text as day, folded_to from stock_rollup where tenant_id = $1 and through_day < $2::date
     for update skip locked`,
    [tenantId, lastOver],
  );
  if (place === undefined) return false;
  const after = place.folded_to ?? nil;
  const upTo = await endOfPiece(tx, tenantId, after, levelsAtOnce);
  await tx.execute(
    `insert into stock_day (tenant_id, variant_id, location_id, day, on_hand, reserved, incoming, sold, returned, received, other)
     select $1, s.variant_id, s.location_id, $4::date, coalesce(h.on_hand, m.on_hand), coalesce(h.reserved, 0), coalesce(h.incoming, 0),
       coalesce(m.sold, 0), coalesce(m.returned, 0), coalesce(m.received, 0), coalesce(m.other, 0)
     from stock_level s
     cross join lateral (select $4::date::timestamp at time zone 'UTC' as begins, ($4::date + 1)::timestamp at time zone 'UTC' as ends) d
     left join lateral (
       select on_hand, reserved, incoming from stock_history h
       where h.tenant_id = $1 and h.variant_id = s.variant_id and h.location_id = s.location_id and h.at >= d.begins and h.at < d.ends
       order by h.at desc, h.version desc limit 1) h on true
     cross join lateral (
       select (array_agg(on_hand_after order by created_at desc, level_version desc, id desc))[1] as on_hand,
         -sum(quantity) filter (where kind = 'sale') as sold, sum(quantity) filter (where kind = 'return') as returned,
         sum(quantity) filter (where kind = 'receipt') as received,
         sum(quantity) filter (where kind not in ('sale', 'return', 'receipt')) as other
       from movement m
       where m.tenant_id = $1 and m.variant_id = s.variant_id and m.location_id = s.location_id
         and m.created_at >= d.begins and m.created_at < d.ends) m
     where s.tenant_id = $1 and s.variant_id > $2 and s.variant_id <= $3 and coalesce(h.on_hand, m.on_hand) is not null`,
    [tenantId, after, upTo ?? last, place.day],
  );
  if (upTo !== null) {
    await tx.execute('update stock_rollup set folded_to = $2 where tenant_id = $1', [tenantId, upTo]);
  } else {
    await tx.execute('update stock_rollup set through_day = $2, folded_to = null where tenant_id = $1', [
      tenantId,
      place.day,
    ]);
    // Whole days have come into the figures of sales.
    tx.dropCached(tenantId, ['stock_days']);
  }
  return true;
}

const nil = '00000000-0000-0000-0000-000000000000';
const last = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The variant that ends a piece of levels; null: the rest is no more than a piece. */
async function endOfPiece(
  tx: Tx,
  tenantId: string,
  after: string,
  levelsAtOnce: number,
): Promise<string | null> {
  const row = await tx.maybeOne<{ id: string }>(
    `select variant_id as id from stock_level where tenant_id = $1 and variant_id > $2
     order by variant_id, location_id offset $3 limit 1`,
    [tenantId, after, levelsAtOnce - 1],
  );
  return row?.id ?? null;
}

/** Moves the oldest movements of folded days before `limit` to the archive. Returns how many. */
async function archivePiece(tx: Tx, tenantId: string, limit: string, rowsAtOnce: number): Promise<number> {
  return tx.execute(
    `with old as (
       delete from movement where ctid = any (array(
         select ctid from movement where tenant_id = $1 and created_at < (
           select least($2::date, through_day + 1)::timestamp at time zone 'UTC' from stock_rollup where tenant_id = $1)
         order by created_at, id limit $3 for update skip locked))
       returning *
     )
     insert into movement_archive (tenant_id, id, variant_id, location_id, kind, quantity, on_hand_after, reason, reference, actor, note, created_at, level_version)
     select tenant_id, id, variant_id, location_id, kind, quantity, on_hand_after, reason, reference, actor, note, created_at, level_version from old`,
    [tenantId, limit, rowsAtOnce],
  );
}

/** Drops what no instant after `limit` needs of the history. Done once a day; one that is interrupted begins again. */
async function trimHistory(db: Database, tenantId: string, limit: string, atOnce: Pieces): Promise<void> {
  const isDue = await db.asSystem('trim stock history', (tx) =>
    tx.maybeOne(
      `select from stock_rollup where tenant_id = $1 and through_day >= $2::date - 1 and (trimmed_before is null or trimmed_before < $2::date)`,
      [tenantId, limit],
    ),
  );
  if (isDue === undefined) return;
  for (let after: string | null = nil; after !== null; ) {
    const upTo: string | null = await db.asSystem('trim stock history', (tx) =>
      endOfPiece(tx, tenantId, after!, atOnce.levels),
    );
    const range = [tenantId, after, upTo ?? last, limit, atOnce.rows];
    while (
      (await db.asSystem('trim stock history', (tx) =>
        tx.execute(
          `delete from stock_history where ctid = any (array(
             select h.ctid from stock_level s
             cross join lateral (
               select n.at, n.version from stock_history n
               where n.tenant_id = $1 and n.variant_id = s.variant_id and n.location_id = s.location_id and n.at < $4::date::timestamp at time zone 'UTC'
               order by n.at desc, n.version desc limit 1) newest
             join stock_history h on h.tenant_id = $1 and h.variant_id = s.variant_id and h.location_id = s.location_id
               and (h.at, h.version) < (newest.at, newest.version)
             where s.tenant_id = $1 and s.variant_id > $2 and s.variant_id <= $3
             limit $5))`,
          range,
        ),
      )) === atOnce.rows
    );
    after = upTo;
  }
  await db.asSystem('trim stock history', (tx) =>
    tx.execute('update stock_rollup set trimmed_before = $2 where tenant_id = $1', [tenantId, limit]),
  );
}
