/** The first owner: a one-time link, printed at the start, and what it does. */
import type { Setup } from '@tradepost/contracts';
import type { z } from 'zod';
import { randomToken, sha256 } from '#platform/crypto';
import type { Database, Tx } from '#platform/db';
import { problem } from '#platform/http';
import { addMember } from './members.ts';
import { refuseCommonPassword } from './password-rules.ts';
import { createTenant, createUser, hashPassword } from './people.ts';

/** A new one-time token while there is nobody at all; the one before ends. Null when somebody is there. */
export async function makeSetupToken(tx: Tx): Promise<string | null> {
  if ((await tx.maybeOne('select from auth."user" limit 1')) !== undefined) return null;
  const token = randomToken(32);
  await tx.execute('delete from setup_token');
  await tx.execute('insert into setup_token (hash, created_at) values ($1, $2)', [
    sha256(token),
    tx.clock.now(),
  ]);
  return token;
}

const noSuchLink = () =>
  problem('NOT_FOUND', 'The link is used or replaced. Restart Tradepost for a new one.');

/**
 * Makes the first user, their tenant and its location, in one transaction with the end of the token.
 *
 * @throws HttpProblem NOT_FOUND for a token that is not the last one; STATE_CONFLICT when somebody is there already;
 *   VALIDATION_FAILED for one of the commonest passwords
 */
export async function completeSetup(db: Database, input: z.infer<typeof Setup>): Promise<void> {
  const hash = sha256(input.token);
  // The hash of a password costs too much to make for everybody who asks. What decides is the deletion below.
  const token = await db.asSystem('look for a setup token', (tx) =>
    tx.maybeOne('select from setup_token where hash = $1', [hash]),
  );
  if (token === undefined) throw noSuchLink();
  refuseCommonPassword('body.password', input.password, input.email);
  const passwordHash = await hashPassword(input.password);
  await db.asSystem('first owner', async (tx) => {
    // The row lock makes a second click wait, and then find the token gone.
    const taken = await tx.execute('delete from setup_token where hash = $1', [hash]);
    if (taken === 0) throw noSuchLink();
    if ((await tx.maybeOne('select from auth."user" limit 1')) !== undefined) {
      throw problem('STATE_CONFLICT', 'There is an owner already; sign in instead.');
    }
    const { tenantId } = await createTenant(tx, { name: input.tenantName, demo: false });
    const { userId } = await createUser(tx, { name: input.name, email: input.email, passwordHash });
    await addMember(tx, { tenantId, userId, role: 'owner' });
  });
}
