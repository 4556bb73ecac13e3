/** What happens around a transaction: its limits, and who hears of its commit. */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { InProcessBus } from '#platform/bus';
import { newId } from '#platform/crypto';
import { createDatabase } from '#platform/db';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

test('a listener that throws makes no committed transaction fail, and the others hear of it', async () => {
  const tenant = await database.current.createTenant();
  const onError = vi.fn();
  const bus = new InProcessBus(onError);
  const { pool, clock } = database.current.db;
  const db = createDatabase({ pool, clock, bus });
  const broken = new Error('broken listener');
  bus.subscribe('tasks', () => {
    throw broken;
  });
  const heard = vi.fn();
  bus.subscribe('tasks', heard);
  const result = await db.withTenant(tenant, async (tx) => {
    tx.pokeWorkers();
    return 'committed';
  });
  expect(result).toBe('committed');
  expect(heard).toHaveBeenCalledOnce();
  expect(onError).toHaveBeenCalledExactlyOnceWith(broken, 'tasks');
});

test('work that goes on after a refused statement fails: what PostgreSQL rolled back is not told as committed', async () => {
  const tenant = await database.current.createTenant();
  const { db } = database.current;
  const heard = vi.fn();
  const end = db.onCommit(heard);
  const addLocation = (id: string) =>
    db.withTenant(tenant, async (tx) => {
      await tx.execute("insert into location (tenant_id, id, code, name) values ($1, $2, 'b', 'B')", [
        tx.tenantId,
        id,
      ]);
      await tx.query('select 1 / 0').catch(() => {});
    });
  await expect(addLocation(newId())).rejects.toThrow(/rolled back/);
  end();
  const { n } = await db.withTenant(tenant, (tx) =>
    tx.one<{ n: number }>('select count(*) as n from location'),
  );
  expect(n).toBe(1);
  expect(heard).not.toHaveBeenCalled();
});

test('an event that PostgreSQL refuses fails its transaction with its own error', async () => {
  const tenant = await database.current.createTenant();
  const { db } = database.current;
  const heard = vi.fn();
  const end = db.onCommit(heard);
  const work = db.withTenant(tenant, async (tx) => {
    await tx.execute("insert into location (tenant_id, id, code, name) values ($1, $2, 'c', 'C')", [
      tx.tenantId,
      newId(),
    ]);
    tx.emit('reservation_released', { reservationId: newId(), reference: null, reason: 'no \0 in jsonb' });
  });
  await expect(work).rejects.toMatchObject({ code: '22P05' });
  end();
  const { n } = await db.withTenant(tenant, (tx) =>
    tx.one<{ n: number }>('select count(*) as n from location'),
  );
  expect(n).toBe(1);
  expect(heard).not.toHaveBeenCalled();
});

test('PostgreSQL ends a transaction that goes on for a minute, and one that idles for 15 s', async () => {
  const settings = await database.current.db.asSystem('test', (tx) =>
    tx.query<{ name: string; setting: string }>(
      `select name, setting from pg_settings
       where name in ('transaction_timeout', 'idle_in_transaction_session_timeout', 'statement_timeout') order by name`,
    ),
  );
  expect(settings).toEqual([
    { name: 'idle_in_transaction_session_timeout', setting: '15000' },
    { name: 'statement_timeout', setting: '30000' },
    { name: 'transaction_timeout', setting: '60000' },
  ]);
});

test('arrays arrive as they were sent', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', ',', "'", ' ', '\n', '\t', 'é', 'n', 'NULL') }),
  );
  const [earliest, latest] = [new Date('0001-01-01T00:00:00Z'), new Date('9999-12-31T23:59:59Z')];
  const lists = {
    text: text.filter((value) => !value.includes('\0')),
    int: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    float8: fc.double().map((value) => value + 0),
    boolean: fc.boolean(),
    timestamptz: fc.date({ min: earliest, max: latest, noInvalidDate: true }),
    uuid: fc.uuid(),
  };
  for (const [type, value] of Object.entries(lists)) {
    const property = fc.asyncProperty(
      fc.array(fc.option<unknown>(value), { maxLength: 20 }),
      async (sent) => {
        const [row] = await database.current.db.asSystem('test', (tx) =>
          tx.query<{ got: unknown[] }>(`select $1::${type}[] as got`, [sent]),
        );
        expect(row!.got).toEqual(sent);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  }
});
