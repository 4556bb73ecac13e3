/** What runs out by itself and nobody asks for any more. */
import type { Tx } from '#platform/db';
import { usedCodeKeptMs } from './sign-in.ts';

/** Each session that goes writes an event. One turn takes so many of a kind; an hour later the next. */
const perTurn = 10_000;

/** Deletes sessions, challenges, password resets and codes that count no more. */
export async function deleteExpired(tx: Tx): Promise<void> {
  const now = tx.clock.now();
  for (const [table, over, at] of [
    ['auth.session', '"expiresAt"', now],
    ['auth.verification', '"expiresAt"', now],
    ['password_reset', 'expires_at', now],
    ['auth."usedCode"', '"usedAt"', new Date(now.getTime() - usedCodeKeptMs)],
  ] as const) {
    await tx.execute(
      `delete from ${table} where ctid = any (array(select ctid from ${table} where ${over} < $1 limit $2))`,
      [at, perTurn],
    );
  }
}
