/** A person's own account: name, password, sessions. */
import type { Account, AccountSession } from '@tradepost/contracts';
import { z } from 'zod';
import type { Tx } from '#platform/db';
import { decodeCursor, InstantText, pageOf, problem } from '#platform/http';
import { verifyPassword } from './people.ts';

interface AccountRow {
  id: string;
  name: string;
  email: string;
  two_factor: boolean;
  created_at: Date;
}

const columns = 'id, name, email, "twoFactorEnabled" as two_factor, "createdAt" as created_at';

function present(row: AccountRow): Account {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    twoFactor: row.two_factor,
    createdAt: row.created_at.toISOString(),
  };
}

export async function getAccount(tx: Tx, userId: string): Promise<Account> {
  return present(await tx.one<AccountRow>(`select ${columns} from auth."user" where id = $1`, [userId]));
}

export async function renameAccount(tx: Tx, userId: string, name: string): Promise<Account> {
  return present(
    await tx.one<AccountRow>(
      `update auth."user" set name = $2, "updatedAt" = $3 where id = $1 returning ${columns}`,
      [userId, name, tx.clock.now()],
    ),
  );
}

/** Slow on purpose: call it outside a transaction, with what `findPasswordHash` gave. */
export async function refuseWrongPassword(hash: string | null, password: string): Promise<void> {
  if (hash === null || !(await verifyPassword(hash, password))) {
    throw problem('PASSWORD_REFUSED', 'The present password is another one.');
  }
}

export async function findPasswordHash(tx: Tx, userId: string): Promise<string | null> {
  const row = await tx.maybeOne<{ password: string | null }>(
    `select password from auth.account where "userId" = $1 and "providerId" = 'credential'`,
    [userId],
  );
  return row?.password ?? null;
}

interface SessionRow {
  id: string;
  device: string | null;
  address: string | null;
  created_at: Date;
  last_seen_at: Date;
  expires_at: Date;
  sort: string;
}

const SessionCursor = z.tuple([InstantText, z.uuid()]);

/** The live sessions of a user, newest first. */
export async function listSessions(
  tx: Tx,
  own: { userId: string; sessionId: string },
  page: { limit: number; cursor?: string | undefined },
) {
  const after = decodeCursor(SessionCursor, page.cursor);
  const rows = await tx.query<SessionRow>(
    `select id, nullif("userAgent", '') as device, nullif("ipAddress", '') as address, "createdAt" as created_at,
       coalesce("lastSeenAt", "createdAt") as last_seen_at, "expiresAt" as expires_at, "createdAt"::text as sort
     from auth.session
     where "userId" = $1 and "expiresAt" > $2 and ($3::timestamptz is null or ("createdAt", id) < ($3, $4::uuid))
     order by "createdAt" desc, id desc limit $5`,
    [own.userId, tx.clock.now(), after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
  );
  return pageOf(
    rows,
    page.limit,
    (row): AccountSession => ({
      id: row.id,
      device: row.device,
      address: row.address,
      createdAt: row.created_at.toISOString(),
      lastSeenAt: row.last_seen_at.toISOString(),
      expiresAt: row.expires_at.toISOString(),
      current: row.id === own.sessionId,
    }),
    (row) => [row.sort, row.id],
  );
}

/** False when the user has no such session. */
export async function endSession(tx: Tx, userId: string, sessionId: string): Promise<boolean> {
  return (
    (await tx.execute('delete from auth.session where id = $1 and "userId" = $2', [sessionId, userId])) === 1
  );
}

/** Ends all sessions of a user but one; returns the ids of those that ended. */
export async function endOtherSessions(
  tx: Tx,
  own: { userId: string; sessionId: string },
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    'delete from auth.session where "userId" = $1 and id <> $2 returning id',
    [own.userId, own.sessionId],
  );
  return rows.map((row) => row.id);
}
