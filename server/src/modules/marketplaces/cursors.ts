/** How far each account was read, per stream. Moved only in the transaction that stores what was read. */
import type { TenantTx } from '#platform/db';

/** A reading that has more pages than one run may take. */
export interface Scan {
  /** Local text of the platform: the window's beginning. */
  modifiedAfter: string;
  nextPage: number;
  /** Newest change met so far, ISO. */
  newest: string | null;
  /** When the reading began, ISO: nothing changed after it counts as read. */
  startedAt: string;
  /** How many orders the window held when the reading began; null: not known. */
  expected: number | null;
  /** Orders of it that could not be read, so that they are not taken for missed ones. */
  unreadable: number;
  /** By how many the reading of the same window before this one came short; 0: this is the first. */
  missing: number;
}

/** `S` is what a stream keeps of a reading under way. */
export interface SyncCursor<S = Scan> {
  modifiedAfter: Date | null;
  scan: S | null;
}

export async function readCursor<S = Scan>(
  tx: TenantTx,
  accountId: string,
  stream: string,
): Promise<SyncCursor<S>> {
  const row = await tx.maybeOne<SyncCursor<S>>(
    'select modified_after as "modifiedAfter", scan from sync_cursor where tenant_id = $1 and account_id = $2 and stream = $3',
    [tx.tenantId, accountId, stream],
  );
  return row ?? { modifiedAfter: null, scan: null };
}

export async function writeCursor<S = Scan>(
  tx: TenantTx,
  accountId: string,
  stream: string,
  cursor: SyncCursor<S>,
): Promise<void> {
  await tx.execute(
    `insert into sync_cursor (tenant_id, account_id, stream, modified_after, scan, updated_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (tenant_id, account_id, stream) do update set modified_after = excluded.modified_after, scan = excluded.scan, updated_at = excluded.updated_at`,
    [
      tx.tenantId,
      accountId,
      stream,
      cursor.modifiedAfter,
      cursor.scan === null ? null : JSON.stringify(cursor.scan),
      tx.clock.now(),
    ],
  );
}
