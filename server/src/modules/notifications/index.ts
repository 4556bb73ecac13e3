/** Notices to the people of a tenant. */
import { notificationRoutes as contracts } from '@tradepost/contracts';
import type { Database } from '#platform/db';
import { problem, type RequestContext, route, withIdempotency } from '#platform/http';
import type { Schedule } from '#platform/jobs';
import { countUnread, listNotifications, markRead } from './read-notifications.ts';

export { notify } from './notify.ts';

const keptDays = 90;

const cleanup: Schedule = {
  name: 'delete_old_notifications',
  intervalMs: 3_600_000,
  async run(tx) {
    const before = new Date(tx.clock.now().getTime() - keptDays * 86_400_000);
    await tx.execute('delete from notification where created_at < $1', [before]);
  },
};

function readerOf({ credential }: RequestContext): string {
  if (credential.userId === null)
    throw problem('FORBIDDEN', 'An API key has no notices; they are for people who are signed in.');
  return credential.userId;
}

export function createNotificationsModule({ db }: { db: Database }) {
  return {
    name: 'notifications',
    schedules: [cleanup],
    routes: [
      route(contracts.listNotifications, async ({ query, ctx }) => {
        const userId = readerOf(ctx);
        return { status: 200, body: await db.withTenant(ctx, (tx) => listNotifications(tx, userId, query)) };
      }),
      route(contracts.readNotifications, async ({ body, ctx, request }) => {
        const userId = readerOf(ctx);
        return withIdempotency(db, ctx, request, 'readNotifications', async (tx) => {
          await markRead(tx, userId, body.ids ?? null);
          return { status: 200 as const, body: { unread: await countUnread(tx, userId) } };
        });
      }),
    ],
  };
}
