/** The door by which modules tell people something. In-app so far; other media will read what is written here. */
import {
  type NoticeData,
  type NoticeKind,
  type Permission,
  type Role,
  rolePermissions,
  roles,
} from '@tradepost/contracts';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';

export interface Notice<K extends NoticeKind> {
  kind: K;
  /** What its words are made of, in the reader's language. */
  data: NoticeData<K>;
  /** A path of the console. */
  link: string | null;
  /** Members of the tenant: those whose role has the permission, or these. */
  to: { permission: Permission } | { userIds: string[] };
}

/**
 * Writes a notice in the caller's transaction, so that it exists exactly when what it tells of does.
 *
 * @returns how many people it is for; for nobody it is not written
 */
export async function notify<K extends NoticeKind>(tx: TenantTx, notice: Notice<K>): Promise<number> {
  const { kind, data, link, to } = notice;
  const may = (role: Role) => 'permission' in to && rolePermissions[role].includes(to.permission);
  const readers = await tx.query<{ id: string }>(
    `select "userId" as id from auth.member
     where "organizationId" = $1 and (role = any ($2) or "userId" = any ($3)) order by 1`,
    [tx.tenantId, roles.filter(may), 'userIds' in to ? to.userIds : []],
  );
  if (readers.length === 0) return 0;
  const id = newId();
  await tx.execute(
    'insert into notification (tenant_id, id, kind, data, link, created_at) values ($1, $2, $3, $4, $5, $6)',
    [tx.tenantId, id, kind, JSON.stringify(data), link, tx.clock.now()],
  );
  await tx.execute(
    'insert into notification_reader (tenant_id, user_id, notification_id) select $1, u, $3 from unnest($2::uuid[]) as u',
    [tx.tenantId, readers.map((reader) => reader.id), id],
  );
  tx.emit('notification_new', { kind });
  return readers.length;
}
