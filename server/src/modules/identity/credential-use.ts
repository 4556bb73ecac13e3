/** When keys and sessions were last used: written once a minute for each, together, apart from the requests. */
import type { Database } from '#platform/db';
import type { Credential } from '#platform/http';
import { every } from '#platform/jobs';

const usedEveryMs = 60_000;
const writeEveryMs = 1000;
const maxRemembered = 100_000;

export interface CredentialUse {
  note(id: Credential['id']): void;
  stop(): Promise<void>;
}

export function trackCredentialUse(db: Database, onError: (error: Error) => void): CredentialUse {
  const writtenAtMs = new Map<string, number>();
  let due = new Map<string, Date>();

  async function write(): Promise<void> {
    if (due.size === 0) return;
    const batch = [...due];
    due = new Map();
    const used = (kind: string) => {
      const ofKind = batch.filter(([id]) => id.startsWith(kind));
      return [ofKind.map(([id]) => id.slice(kind.length)), ofKind.map(([, at]) => at)];
    };
    await db
      .asSystem('credentials used', async (tx) => {
        await tx.execute(
          `update api_key k set last_used_at = u.at from unnest($1::uuid[], $2::timestamptz[]) u (id, at) where k.id = u.id`,
          used('key:'),
        );
        await tx.execute(
          `update auth.session s set "lastSeenAt" = u.at from unnest($1::uuid[], $2::timestamptz[]) u (id, at) where s.id = u.id`,
          used('session:'),
        );
      })
      .catch(onError);
  }
  const end = every(writeEveryMs, write);

  return {
    note(id) {
      const now = db.clock.now();
      if (now.getTime() - (writtenAtMs.get(id) ?? 0) < usedEveryMs) return;
      // Forgetting costs no more than writing some of them again.
      if (writtenAtMs.size >= maxRemembered) writtenAtMs.clear();
      writtenAtMs.set(id, now.getTime());
      due.set(id, now);
    },
    async stop() {
      await end();
      await write();
    },
  };
}
