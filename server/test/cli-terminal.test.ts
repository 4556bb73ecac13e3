/** What others wrote is shown by the command line as text, with nothing in it that a terminal would obey. */
import { expect, test } from 'vitest';
import { tailEvents } from '../src/cli/run/events.ts';
import { showOneTask } from '../src/cli/run/tasks.ts';
import { enqueue, taskType } from './factories/jobs.ts';
import { useDatabase } from './support/database.ts';
import { keepPrinted } from './support/session.ts';

const database = useDatabase();

/** Control sequence introducers: of 7 bits, which JSON escapes, and of 8 bits, which it does not. */
const hostile = '\u001b[2J \u009b2J';

test('the data of an event', async () => {
  const { db, url, createTenant } = database.current;
  const tenant = await createTenant();
  await db.withTenant(tenant, async (tx) =>
    tx.emit('reservation_expired', { reservationId: tenant.tenantId, reference: hostile }),
  );
  const { session, printed } = keepPrinted(db, url);
  const options = { tenant: undefined, channel: undefined, type: undefined, once: true };
  await tailEvents(session, { options: { ...options, since: { spanMs: 60_000 } } });
  expect(printed.join('\n')).toMatch(/"\\u001b\[2J {2}2J"/);
});

test('payload and result of a task', async () => {
  const { db, url, createTenant } = database.current;
  const tenant = await createTenant();
  const { id } = await enqueue(database.current, tenant, taskType('test_hostile'));
  await db.asSystem('test', (tx) =>
    tx.execute('update task set payload = $2, result = $2 where id = $1', [id, JSON.stringify({ hostile })]),
  );
  const { session, printed } = keepPrinted(db, url);
  await showOneTask(session, { argument: id, options: { follow: false } });
  expect(printed.join('\n').match(/"\\u001b\[2J {2}2J"/g)).toHaveLength(2);
});
