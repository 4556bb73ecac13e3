/** `events tail` on a log that grows while it is read, and when the database fails under it. */
import { expect, test, vi } from 'vitest';
import { newId } from '#platform/crypto';
import type { Database } from '#platform/db';
import { formatOffset, loadEpoch } from '#platform/events';
import { tailEvents } from '../src/cli/run/events.ts';
import { useDatabase } from './support/database.ts';
import { keepPrinted } from './support/session.ts';

const database = useDatabase();

async function emit(tenantId: string): Promise<string> {
  const reservationId = newId();
  await database.current.db.withTenant({ tenantId, actor: 'system' }, async (tx) =>
    tx.emit('reservation_expired', { reservationId, reference: null }),
  );
  return reservationId;
}

/** `events tail --since` over a database before whose statements `meanwhile` runs. */
function follow(offset: string, meanwhile: () => Promise<void>) {
  const { db, url } = database.current;
  const between: Database = {
    ...db,
    async asSystem(reason, work) {
      await meanwhile();
      return db.asSystem(reason, work);
    },
  };
  const end = new AbortController();
  const { session, printed: lines } = keepPrinted(between, url, end.signal);
  const ended = tailEvents(session, {
    options: { tenant: undefined, channel: undefined, type: undefined, since: { offset }, once: false },
  });
  const printed = () => lines.map((line) => /"reservationId": ?"([^"]+)"/.exec(line)?.[1]);
  return { printed, ended, end };
}

async function offsetNow(): Promise<string> {
  return database.current.db.asSystem('test', async (tx) =>
    formatOffset(
      await loadEpoch(tx),
      await tx
        .one<{ xact: string; id: string }>(
          'select xact::text, id::text from event e order by e.xact desc, e.id desc limit 1',
        )
        .then(({ xact, id }) => ({ xact: BigInt(xact), id: BigInt(id) })),
    ),
  );
}

/** Once the tail, if there is one by now, has read beyond this moment. */
async function tailHasRead(): Promise<void> {
  const { db } = database.current;
  const { now } = await db.pool.query('select clock_timestamp() as now').then(({ rows }) => rows[0]);
  await vi.waitFor(
    async () => {
      const { rows } = await db.pool.query(
        `select from pg_stat_activity where datname = current_database() and application_name = 'tradepost: tail'
           and not (query like '%event_read%' and state = 'idle' and query_start > $1)`,
        [now],
      );
      expect(rows).toEqual([]);
    },
    { timeout: 5000, interval: 20 },
  );
}

test('what is written while history is read is shown after it', async () => {
  const { tenantId } = await database.current.createTenant();
  await emit(tenantId);
  const offset = await offsetNow();
  const written = [await emit(tenantId), await emit(tenantId)];
  const { printed, ended, end } = follow(offset, async () => {
    written.push(await emit(tenantId));
    await tailHasRead();
  });
  await vi.waitFor(() => expect(printed().length).toBeGreaterThan(4), 10_000);
  written.push(await emit(tenantId));
  await vi.waitFor(() => expect(printed()).toHaveLength(written.length), 5000);
  expect(printed()).toEqual(written);
  end.abort();
  await expect(ended).rejects.toBeDefined();
});

test('a database that fails while a name is looked up ends it with the error', async () => {
  const { tenantId } = await database.current.createTenant();
  await emit(tenantId);
  let isBroken = false;
  const { printed, ended } = follow(await offsetNow(), async () => {
    if (isBroken) throw new Error('the database is away');
  });
  const refused = expect(ended).rejects.toThrow('the database is away');
  await emit(tenantId);
  await vi.waitFor(() => expect(printed()).toHaveLength(1), 5000);
  // What it shows live of a tenant that it does not know yet.
  const stranger = await database.current.createTenant();
  await emit(tenantId);
  await vi.waitFor(() => expect(printed()).toHaveLength(2), 5000);
  isBroken = true;
  await emit(stranger.tenantId);
  await refused;
  expect(printed()).toHaveLength(2);
});
