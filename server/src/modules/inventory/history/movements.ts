/** Reading the movements of stock, those in the archive as well. */
import type { ExplainedMovement, Movement } from '@tradepost/contracts';
import { z } from 'zod';
import type { TenantTx } from '#platform/db';
import { decodeCursor, encodeCursor, InstantText } from '#platform/http';
import { explain } from './links.ts';

interface MovementRow {
  id: string;
  variant_id: string;
  sku: string;
  location: string;
  kind: Movement['kind'];
  quantity: number;
  on_hand_after: number;
  reason: string | null;
  reference: string | null;
  actor: string;
  note: string | null;
  created_at: Date;
  /** To the microsecond, for a cursor. */
  sort: string;
}

const columns =
  'id, variant_id, location_id, kind, quantity, on_hand_after, reason, reference, actor, note, created_at, level_version';

/** The first rows of ledger and archive together. A movement is in one of them: both are read in one statement. */
const merged = (where: string, order: string, limit: string): string =>
  `select * from (
     (select ${columns} from movement where ${where} order by ${order} limit ${limit})
     union all (select ${columns} from movement_archive where ${where} order by ${order} limit ${limit})
   ) m order by ${order} limit ${limit}`;

const shown = (of: string): string =>
  `select m.id, m.variant_id, v.sku, l.code as location, m.kind, m.quantity, m.on_hand_after, m.reason, m.reference, m.actor, m.note,
     m.created_at, m.created_at::text as sort
   from ${of} m join variant v on v.tenant_id = $1 and v.id = m.variant_id join location l on l.tenant_id = $1 and l.id = m.location_id`;

async function present(tx: TenantTx, rows: MovementRow[]): Promise<ExplainedMovement[]> {
  const explained = await explain(tx, rows);
  return rows.map((row, i) => ({
    id: row.id,
    variantId: row.variant_id,
    sku: row.sku,
    location: row.location,
    kind: row.kind,
    quantity: row.quantity,
    onHandAfter: row.on_hand_after,
    reason: row.reason,
    reference: row.reference,
    actor: row.actor,
    note: row.note,
    createdAt: row.created_at.toISOString(),
    ...explained[i]!,
  }));
}

export interface MovementFilter {
  sku?: string;
  location?: string;
  kind?: Movement['kind'];
  reference?: string;
  actor?: string;
  from?: string;
  to?: string;
  limit: number;
  cursor?: string;
}

const MovementKey = z.tuple([InstantText, z.uuid()]);

/** Movements that one read looks through for an actor or a location, which no index leads to. The next page goes on from there. */
const lookedThrough = 5000;

/** Newest first. */
export async function listMovements(
  tx: TenantTx,
  filter: MovementFilter,
): Promise<{ items: ExplainedMovement[]; nextCursor: string | null }> {
  const { limit, actor, location } = filter;
  const place = decodeCursor(MovementKey, filter.cursor);
  const order = 'created_at desc, id desc';
  const where = `tenant_id = $1
    and ($2::text is null or variant_id = (select v.id from variant v where v.tenant_id = $1 and v.sku = $2))
    and ($3::text is null or kind = $3) and ($4::text is null or reference = $4)
    and ($5::timestamptz is null or created_at >= $5) and ($6::timestamptz is null or created_at < $6)
    and ($7::timestamptz is null or (created_at, id) < ($7, $8::uuid))`;
  const values = [
    tx.tenantId,
    ...[filter.sku, filter.kind, filter.reference, filter.from, filter.to].map((value) => value ?? null),
    ...(place ?? [null, null]),
  ];
  const searches = actor !== undefined || location !== undefined;
  const looked = searches ? lookedThrough : limit + 1;
  const rows = await tx.query<MovementRow>(
    `with looked as materialized (${merged(where, order, '$9')})
     ${shown('looked')}
     where ($10::text is null or m.actor = $10) and ($11::text is null or l.code = $11)
     order by ${order} limit $12`,
    [...values, looked, actor ?? null, location ?? null, limit + 1],
  );
  const page = rows.slice(0, limit);
  const items = await present(tx, page);
  const last = page.at(-1);
  if (rows.length > limit) return { items, nextCursor: encodeCursor([last!.sort, last!.id]) };
  if (!searches) return { items, nextCursor: null };
  const end = await tx.maybeOne<{ sort: string; id: string }>(
    `select created_at::text as sort, id from (${merged(where, order, '$9')}) looked offset $9 - 1`,
    [...values, looked],
  );
  return { items, nextCursor: end === undefined ? null : encodeCursor([end.sort, end.id]) };
}

/** The movements of a level around an instant: those up to it newest first, those after it oldest first. */
export async function listMovementsAround(
  tx: TenantTx,
  level: { variantId: string; locationId: string },
  at: Date,
  limit: number,
): Promise<{ before: ExplainedMovement[]; after: ExplainedMovement[] }> {
  const read = (compare: '<=' | '>', direction: 'asc' | 'desc') => {
    const order = ['created_at', 'level_version', 'id'].map((column) => `${column} ${direction}`).join(', ');
    const where = `tenant_id = $1 and variant_id = $2 and location_id = $3 and created_at ${compare} $4`;
    return tx.query<MovementRow>(
      `with around as materialized (${merged(where, order, '$5')}) ${shown('around')}
       order by ${['created_at', 'level_version', 'id'].map((column) => `m.${column} ${direction}`).join(', ')}`,
      [tx.tenantId, level.variantId, level.locationId, at, limit],
    );
  };
  const before = await read('<=', 'desc');
  const all = await present(tx, [...before, ...(await read('>', 'asc'))]);
  return { before: all.slice(0, before.length), after: all.slice(before.length) };
}
