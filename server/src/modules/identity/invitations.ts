/** Invitations: a link that lets one person into one tenant, once, within seven days. Only its hash is kept. */
import type { Invitation, InvitationPreview, Role } from '@tradepost/contracts';
import { z } from 'zod';
import { newId, randomToken, sha256 } from '#platform/crypto';
import { type Actor, sqlState, type TenantTx, type Tx } from '#platform/db';
import { decodeCursor, InstantText, pageOf, problem } from '#platform/http';

const validMs = 7 * 86_400_000;

interface InvitationRow {
  id: string;
  email: string;
  role: Role;
  invited_by: string | null;
  created_at: Date;
  expires_at: Date;
}

const columns = `i.id, i.email, i.role, i."createdAt" as created_at, i."expiresAt" as expires_at,
  (select u.name from auth."user" u where u.id = i."inviterId") as invited_by`;

function present(row: InvitationRow): Invitation {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    invitedBy: row.invited_by,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  };
}

const InvitationCursor = z.tuple([InstantText, z.uuid()]);

export async function listInvitations(tx: TenantTx, page: { limit: number; cursor?: string | undefined }) {
  const after = decodeCursor(InvitationCursor, page.cursor);
  const rows = await tx.query<InvitationRow & { sort: string }>(
    `select ${columns}, i."createdAt"::text as sort from auth.invitation i
     where i."organizationId" = $1 and i.status = 'pending'
       and ($2::timestamptz is null or (i."createdAt", i.id) < ($2, $3::uuid))
     order by i."createdAt" desc, i.id desc limit $4`,
    [tx.tenantId, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
  );
  return pageOf(rows, page.limit, present, (row) => [row.sort, row.id]);
}

function newLink(tx: Tx) {
  const token = randomToken(32);
  return { token, hash: sha256(token), expiresAt: new Date(tx.clock.now().getTime() + validMs) };
}

function userIn(actor: Actor): string | null {
  return actor.startsWith('user:') ? actor.slice('user:'.length) : null;
}

/**
 * Invites a person. `token` is the only time it is seen.
 *
 * @throws HttpProblem ALREADY_EXISTS for a member, and for who is invited already: that invitation can be reissued
 */
export async function createInvitation(
  tx: TenantTx,
  input: { email: string; role: Role },
): Promise<{ invitation: Invitation; token: string }> {
  const email = input.email.toLowerCase();
  const member = await tx.maybeOne(
    'select from auth.member m join auth."user" u on u.id = m."userId" where m."organizationId" = $1 and u.email = $2',
    [tx.tenantId, email],
  );
  if (member !== undefined) throw problem('ALREADY_EXISTS', `${email} is a member already.`);
  const { token, hash, expiresAt } = newLink(tx);
  const row = await tx.maybeOne<InvitationRow>(
    `insert into auth.invitation as i (id, "organizationId", email, role, status, "expiresAt", "inviterId", "createdAt", "tokenHash")
     values ($1, $2, $3, $4, 'pending', $5, $6, $7, $8)
     on conflict ("organizationId", email) where status = 'pending' do nothing returning ${columns}`,
    [newId(), tx.tenantId, email, input.role, expiresAt, userIn(tx.actor), tx.clock.now(), hash],
  );
  if (row !== undefined) return { invitation: present(row), token };
  const before = await tx.maybeOne<{ id: string }>(
    `select id from auth.invitation where "organizationId" = $1 and email = $2 and status = 'pending'`,
    [tx.tenantId, email],
  );
  throw problem('ALREADY_EXISTS', `${email} is invited already; reissue that invitation or take it back.`, {
    ...(before !== undefined && { id: before.id }),
  });
}

/** A new link for an invitation that waits, in the caller's name. @throws HttpProblem NOT_FOUND */
export async function reissueInvitation(
  tx: TenantTx,
  id: string,
): Promise<{ invitation: Invitation; token: string }> {
  const { token, hash, expiresAt } = newLink(tx);
  const row = await tx.maybeOne<InvitationRow>(
    `update auth.invitation i set "tokenHash" = $3, "expiresAt" = $4, "inviterId" = $5
     where i."organizationId" = $1 and i.id = $2 and i.status = 'pending' returning ${columns}`,
    [tx.tenantId, id, hash, expiresAt, userIn(tx.actor)],
  );
  if (row === undefined) throw problem('NOT_FOUND', 'There is no such invitation.');
  return { invitation: present(row), token };
}

/** The role that it invited to; null when no such invitation waits. */
export async function revokeInvitation(tx: TenantTx, id: string): Promise<Role | null> {
  const row = await tx.maybeOne<{ role: Role }>(
    `update auth.invitation set status = 'canceled', "tokenHash" = null
     where "organizationId" = $1 and id = $2 and status = 'pending' returning role`,
    [tx.tenantId, id],
  );
  return row?.role ?? null;
}

/** Takes back what waits of this member's invitations to these roles. */
export async function revokeInvitationsBy(
  tx: TenantTx,
  userId: string,
  invitedTo: readonly Role[],
): Promise<void> {
  await tx.execute(
    `update auth.invitation set status = 'canceled', "tokenHash" = null
     where "organizationId" = $1 and "inviterId" = $2 and status = 'pending' and role = any($3)`,
    [tx.tenantId, userId, invitedTo],
  );
}

const noSuchLink = () =>
  problem('NOT_FOUND', 'The link is used, taken back, or older than seven days. Ask for a new one.');

/** What the link invites to, and the account that the address has. @throws HttpProblem NOT_FOUND */
export async function readInvitation(
  tx: Tx,
  token: string,
): Promise<{ preview: InvitationPreview; userId: string | null }> {
  const row = await tx.maybeOne<InvitationRow & { tenant_name: string; user_id: string | null }>(
    `select ${columns}, o.name as tenant_name,
       (select u.id from auth."user" u where u.email = i.email) as user_id
     from auth.invitation i join auth.organization o on o.id = i."organizationId"
     where i."tokenHash" = $1 and i.status = 'pending' and i."expiresAt" > $2`,
    [sha256(token), tx.clock.now()],
  );
  if (row === undefined) throw noSuchLink();
  const { email, role, invitedBy, expiresAt } = present(row);
  return {
    preview: {
      tenantName: row.tenant_name,
      ...{ email, role, invitedBy, expiresAt },
      hasAccount: row.user_id !== null,
    },
    userId: row.user_id,
  };
}

/**
 * Uses the link up for this person. Of two at once the row lock lets one through. Sessions that a former membership left
 * behind do not come to life again.
 *
 * @throws HttpProblem NOT_FOUND, ALREADY_EXISTS for who became a member meanwhile
 */
export async function joinTenant(tx: Tx, token: string, userId: string): Promise<{ tenantId: string }> {
  const now = tx.clock.now();
  const taken = await tx.maybeOne<{ tenant_id: string; role: Role }>(
    `update auth.invitation i set status = 'accepted', "tokenHash" = null
     where i."tokenHash" = $1 and i.status = 'pending' and i."expiresAt" > $2
       and i.email = (select u.email from auth."user" u where u.id = $3)
     returning i."organizationId" as tenant_id, i.role`,
    [sha256(token), now, userId],
  );
  if (taken === undefined) throw noSuchLink();
  await tx.execute('delete from auth.session where "userId" = $1 and "activeOrganizationId" = $2', [
    userId,
    taken.tenant_id,
  ]);
  try {
    await tx.execute(
      'insert into auth.member (id, "organizationId", "userId", role, "createdAt") values ($1, $2, $3, $4, $5)',
      [newId(), taken.tenant_id, userId, taken.role, now],
    );
  } catch (error) {
    if (sqlState(error) === '23505') throw problem('ALREADY_EXISTS', 'You are a member already.');
    throw error;
  }
  return { tenantId: taken.tenant_id };
}
