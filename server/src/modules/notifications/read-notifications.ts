/** A person's own notices. */
import { Notification } from '@tradepost/contracts';
import { z } from 'zod';
import type { TenantTx } from '#platform/db';
import { decodeCursor, pageOf } from '#platform/http';

const Place = z.tuple([z.boolean(), z.uuid()]);

interface Row {
  id: string;
  kind: string;
  data: unknown;
  link: string | null;
  createdAt: Date;
  readAt: Date | null;
}

export async function listNotifications(
  tx: TenantTx,
  userId: string,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<{ items: Notification[]; nextCursor: string | null; unread: number }> {
  const after = decodeCursor(Place, cursor);
  const rows = await tx.query<Row>(
    `select n.id, n.kind, n.data, n.link, n.created_at as "createdAt", r.read_at as "readAt"
     from notification_reader r join notification n on n.tenant_id = r.tenant_id and n.id = r.notification_id
     where r.tenant_id = $1 and r.user_id = $2
       and ($3::boolean is null or (r.read_at is not null) > $3 or ((r.read_at is not null) = $3 and r.notification_id < $4::uuid))
     order by r.read_at is not null, r.notification_id desc limit $5`,
    [tx.tenantId, userId, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
  );
  const page = pageOf(rows, limit, present, (row) => [row.readAt !== null, row.id]);
  return { ...page, unread: await countUnread(tx, userId) };
}

const present = ({ createdAt, readAt, ...row }: Row): Notification =>
  Notification.parse({
    ...row,
    createdAt: createdAt.toISOString(),
    readAt: readAt?.toISOString() ?? null,
  });

export async function countUnread(tx: TenantTx, userId: string): Promise<number> {
  const { unread } = await tx.one<{ unread: number }>(
    `select count(*)::int as unread from notification_reader
     where tenant_id = $1 and user_id = $2 and (read_at is not null) = false`,
    [tx.tenantId, userId],
  );
  return unread;
}

/** Marks these as read, or all. */
export async function markRead(tx: TenantTx, userId: string, ids: string[] | null): Promise<void> {
  await tx.execute(
    `update notification_reader set read_at = $3
     where tenant_id = $1 and user_id = $2 and (read_at is not null) = false and ($4::uuid[] is null or notification_id = any ($4))`,
    [tx.tenantId, userId, tx.clock.now(), ids],
  );
}
