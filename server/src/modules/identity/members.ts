/** The people of a tenant: listing them, giving them roles, taking them out. */
import { type Member, type Permission, type Role, rolePermissions, roles } from '@tradepost/contracts';
import { z } from 'zod';
import { newId } from '#platform/crypto';
import { sqlState, type TenantTx, type Tx } from '#platform/db';
import { decodeCursor, InstantText, pageOf, problem } from '#platform/http';
import { revokeInvitationsBy } from './invitations.ts';

export async function addMember(
  tx: Tx,
  input: { tenantId: string; userId: string; role: Role },
): Promise<void> {
  await tx.execute(
    'insert into auth.member (id, "organizationId", "userId", role, "createdAt") values ($1, $2, $3, $4, $5)',
    [newId(), input.tenantId, input.userId, input.role, tx.clock.now()],
  );
}

type MemberRow = Omit<Member, 'since'> & { since: Date };

function present({ id, name, email, role, since }: MemberRow): Member {
  return { id, name, email, role, since: since.toISOString() };
}

const MemberCursor = z.tuple([InstantText, z.uuid()]);

/** The people of the transaction's tenant, longest first. */
export async function listMembers(tx: TenantTx, page: { limit: number; cursor?: string | undefined }) {
  const after = decodeCursor(MemberCursor, page.cursor);
  const rows = await tx.query<MemberRow & { sort: string; member_id: string }>(
    `select u.id, u.name, u.email, m.role, m."createdAt" as since, m."createdAt"::text as sort, m.id as member_id
     from auth.member m join auth."user" u on u.id = m."userId"
     where m."organizationId" = $1 and ($2::timestamptz is null or (m."createdAt", m.id) > ($2, $3::uuid))
     order by m."createdAt", m.id limit $4`,
    [tx.tenantId, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
  );
  return pageOf(rows, page.limit, present, (row) => [row.sort, row.member_id]);
}

/**
 * The roles that a caller with these permissions may give and take: those that allow nothing which the caller may not do.
 * The same rule holds for people and for keys.
 */
function rolesWithin(permissions: ReadonlySet<Permission>): Role[] {
  return roles.filter((role) => rolePermissions[role].every((permission) => permissions.has(permission)));
}

/** @throws HttpProblem FORBIDDEN for a role above the caller's own */
export function refuseRoleAbove(permissions: ReadonlySet<Permission>, role: Role): void {
  if (!rolesWithin(permissions).includes(role)) {
    throw problem('FORBIDDEN', `The role ${role} may more than you, so you cannot give it.`);
  }
}

/**
 * The invitations that the member made to roles above the new one are taken back.
 *
 * @throws HttpProblem NOT_FOUND, FORBIDDEN for a role above the caller's own, LAST_OWNER
 */
export async function changeRole(
  tx: TenantTx,
  permissions: ReadonlySet<Permission>,
  userId: string,
  role: Role,
): Promise<Member> {
  refuseRoleAbove(permissions, role);
  const row = await keepingAnOwner(() =>
    tx.maybeOne<MemberRow>(
      `update auth.member m set role = $3 from auth."user" u
       where m."organizationId" = $1 and m."userId" = $2 and m.role = any($4) and u.id = m."userId"
       returning u.id, u.name, u.email, m.role, m."createdAt" as since`,
      [tx.tenantId, userId, role, rolesWithin(permissions)],
    ),
  );
  if (row === undefined) throw await explainUntouched(tx, userId);
  const still = rolesWithin(new Set(rolePermissions[role]));
  await revokeInvitationsBy(
    tx,
    userId,
    roles.filter((r) => !still.includes(r)),
  );
  return present(row);
}

/**
 * The invitations and the reset link that the member left waiting end too.
 *
 * @throws HttpProblem NOT_FOUND, FORBIDDEN for a member above the caller, LAST_OWNER
 */
export async function removeMember(
  tx: TenantTx,
  permissions: ReadonlySet<Permission>,
  userId: string,
): Promise<void> {
  const removed = await keepingAnOwner(() =>
    tx.execute('delete from auth.member where "organizationId" = $1 and "userId" = $2 and role = any($3)', [
      tx.tenantId,
      userId,
      rolesWithin(permissions),
    ]),
  );
  if (removed === 0) throw await explainUntouched(tx, userId);
  await revokeInvitationsBy(tx, userId, roles);
  await tx.execute('delete from password_reset where tenant_id = $1 and user_id = $2', [tx.tenantId, userId]);
}

async function explainUntouched(tx: TenantTx, userId: string) {
  const member = await tx.maybeOne<{ role: Role }>(
    'select role from auth.member where "organizationId" = $1 and "userId" = $2',
    [tx.tenantId, userId],
  );
  return member === undefined
    ? problem('NOT_FOUND', 'There is no such member.')
    : problem('FORBIDDEN', `This member is ${member.role}, which may more than you.`);
}

/** The database refuses to take the last owner away, also when two go at once; here that gets its name. */
async function keepingAnOwner<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (sqlState(error) === '23514' && (error as { constraint?: string }).constraint === 'last_owner') {
      throw problem('LAST_OWNER', 'This is the only owner; make another member an owner first.');
    }
    throw error;
  }
}
