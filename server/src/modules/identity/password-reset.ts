/** Password resets: a link that an owner makes for a member and hands over, since there is no e-mail. Only its hash is kept. */
import { randomToken, sha256 } from '#platform/crypto';
import type { Database, TenantTx, Tx } from '#platform/db';
import { problem } from '#platform/http';
import { refuseCommonPassword } from './password-rules.ts';
import { hashPassword, removeTwoFactor, setPassword } from './people.ts';

const validMs = 86_400_000;

/**
 * A member of several tenants would hand one tenant's owner the way into the others.
 *
 * @throws HttpProblem NOT_FOUND for who is no member of this one, whoever they are elsewhere; STATE_CONFLICT for a member
 *   of other tenants as well
 */
export async function refuseMemberElsewhere(tx: Tx, tenantId: string, userId: string): Promise<void> {
  const member = await tx.maybeOne<{ elsewhere: boolean }>(
    `select exists (select from auth.member o where o."userId" = m."userId" and o."organizationId" <> m."organizationId") as elsewhere
     from auth.member m where m."organizationId" = $1 and m."userId" = $2`,
    [tenantId, userId],
  );
  if (member === undefined) throw noSuchMember();
  if (member.elsewhere) {
    throw problem(
      'STATE_CONFLICT',
      'This person is a member of another tenant too, so only who runs the installation may reset the password.',
    );
  }
}

const noSuchMember = () => problem('NOT_FOUND', 'There is no such member.');

/** Makes the link's token; the one before ends. @throws HttpProblem NOT_FOUND */
export async function createPasswordReset(
  tx: TenantTx,
  userId: string,
  options: { removeTwoFactor: boolean },
): Promise<{ token: string; expiresAt: Date }> {
  const token = randomToken(32);
  const now = tx.clock.now();
  const expiresAt = new Date(now.getTime() + validMs);
  const made = await tx.execute(
    `insert into password_reset (tenant_id, user_id, hash, remove_two_factor, created_by, created_at, expires_at)
     select m."organizationId", m."userId", $3, $4, $5, $6, $7 from auth.member m where m."organizationId" = $1 and m."userId" = $2
     on conflict (tenant_id, user_id) do update set hash = excluded.hash, remove_two_factor = excluded.remove_two_factor,
       created_by = excluded.created_by, created_at = excluded.created_at, expires_at = excluded.expires_at`,
    [tx.tenantId, userId, sha256(token), options.removeTwoFactor, tx.actor, now, expiresAt],
  );
  if (made === 0) throw noSuchMember();
  return { token, expiresAt };
}

/**
 * Gives the person of the link another password and ends their sessions, whose ids it returns; the link is used up in the
 * same transaction.
 *
 * @throws HttpProblem NOT_FOUND, VALIDATION_FAILED, STATE_CONFLICT for who joined another tenant meanwhile
 */
export async function resetPassword(db: Database, token: string, password: string): Promise<string[]> {
  const hash = sha256(token);
  const noSuchLink = problem(
    'NOT_FOUND',
    'The link is used, replaced, or older than a day. Ask for a new one.',
  );
  const owner = await db.asSystem('whose reset', (tx) =>
    tx.maybeOne<{ id: string; email: string }>(
      'select u.id, u.email from password_reset r join auth."user" u on u.id = r.user_id where r.hash = $1 and r.expires_at > $2',
      [hash, tx.clock.now()],
    ),
  );
  if (owner === undefined) throw noSuchLink;
  refuseCommonPassword('body.password', password, owner.email);
  const passwordHash = await hashPassword(password);
  return db.asSystem(
    'reset a password',
    async (tx) => {
      const used = await tx.maybeOne<{ tenant_id: string; remove_two_factor: boolean }>(
        'delete from password_reset where hash = $1 and expires_at > $2 returning tenant_id, remove_two_factor',
        [hash, tx.clock.now()],
      );
      if (used === undefined) throw noSuchLink;
      await refuseMemberElsewhere(tx, used.tenant_id, owner.id);
      if (used.remove_two_factor) await removeTwoFactor(tx, owner.id);
      return setPassword(tx, owner.id, passwordHash);
    },
    { actor: `user:${owner.id}` },
  );
}
