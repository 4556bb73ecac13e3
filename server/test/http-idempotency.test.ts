import { defineRoute } from '@tradepost/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { ManualClock } from '#platform/clock';
import { hmacSha256, newId, sha256 } from '#platform/crypto';
import { problem, requestHash, route, withIdempotency } from '#platform/http';
import { useDatabase } from '#test/database';
import { bodyOf, buildCredential, json, startHttp, type TestHttp } from '#test/http';

const clock = new ManualClock('2026-03-01T10:00:00Z');
const database = useDatabase(clock);

const contract = defineRoute({
  method: 'POST',
  path: '/notes',
  operation: 'createNote',
  tag: 'orders',
  summary: 'Creates a location, which will do as a note',
  access: 'inventory.write',
  body: z.strictObject({ code: z.string(), secret: z.boolean().optional(), fail: z.boolean().optional() }),
  responses: { 201: z.object({ id: z.string(), code: z.string() }) },
});

let http: TestHttp;
let tenantId: string;
/** Held back by a test that wants the first request to stand still. */
let gate: Promise<void> | undefined;
let inside: (() => void) | undefined;

beforeAll(async () => {
  ({ tenantId } = await database.current.createTenant());
  const { db } = database.current;
  const notes = route(contract, async ({ body, ctx, request }) =>
    withIdempotency(db, ctx, request, contract.operation, async (tx) => {
      const id = newId();
      await tx.execute('insert into location (tenant_id, id, code, name) values ($1, $2, $3, $3)', [
        tx.tenantId,
        id,
        body.code,
      ]);
      inside?.();
      await gate;
      if (body.fail) throw problem('STATE_CONFLICT', 'Asked to fail.');
      return { status: 201, body: { id, code: body.code }, ...(body.secret && { secretId: id }) };
    }),
  );
  http = await startHttp({ routes: [notes], authenticate: async () => buildCredential({ tenantId }) });
});
afterAll(() => http?.close());

const post = (key: string, body: Record<string, unknown>) => json(body, { 'idempotency-key': key });

async function countOf(code: string): Promise<number> {
  const row = await database.current.db.withTenant({ tenantId, actor: 'system' }, (tx) =>
    tx.one<{ n: number }>('select count(*) as n from location where code = $1', [code]),
  );
  return row.n;
}

test('the repeat gets the first answer and does nothing', async () => {
  const first = await http.call('/api/v1/notes', post('k1', { code: 'a' }));
  const repeat = await http.call('/api/notes/', post('k1', { code: 'a' }));
  expect([first.status, repeat.status]).toEqual([201, 201]);
  expect(await repeat.json()).toEqual(await first.json());
  expect([first, repeat].map((r) => r.headers.get('idempotency-replayed'))).toEqual([null, 'true']);
  expect(await countOf('a')).toBe(1);
});

test('the same key with another body: 422', async () => {
  await http.call('/api/v1/notes', post('k2', { code: 'b' }));
  expect(await http.refused('/api/v1/notes', post('k2', { code: 'c' }))).toMatchObject({
    code: 'IDEMPOTENCY_KEY_REUSED',
    status: 422,
  });
});

test('while the first still runs: 409; afterwards its answer', async () => {
  const opened = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  gate = opened.promise;
  inside = arrived.resolve;
  const first = http.call('/api/v1/notes', post('k3', { code: 'd' }));
  await arrived.promise;
  inside = undefined;
  const refusal = await http.refused('/api/v1/notes', post('k3', { code: 'd' }));
  expect(refusal).toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS', status: 409 });
  gate = undefined;
  opened.resolve();
  expect((await first).status).toBe(201);
  expect(
    (await http.call('/api/v1/notes', post('k3', { code: 'd' }))).headers.get('idempotency-replayed'),
  ).toBe('true');
});

test('twenty at once do it once', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => http.call('/api/v1/notes', post('k4', { code: 'e' }))),
  );
  expect(new Set(answers.map((a) => a.status))).toEqual(new Set([201]));
  const bodies = await Promise.all(answers.map((a) => a.text()));
  // The stored answer is jsonb, whose keys may be in another order.
  expect(new Set(bodies.map((b) => JSON.parse(b).id)).size).toBe(1);
  expect(await countOf('e')).toBe(1);
});

test('a request that failed keeps no key: its repeat runs', async () => {
  expect((await http.refused('/api/v1/notes', post('k5', { code: 'f', fail: true }))).code).toBe(
    'STATE_CONFLICT',
  );
  expect((await http.call('/api/v1/notes', post('k5', { code: 'f' }))).status).toBe(201);
});

test('an answer with a secret is not stored; the repeat is told the id', async () => {
  const { id } = await bodyOf(
    contract.responses[201],
    await http.call('/api/v1/notes', post('k6', { code: 'g', secret: true })),
  );
  expect(await http.refused('/api/v1/notes', post('k6', { code: 'g', secret: true }))).toMatchObject({
    code: 'SECRET_NOT_REPLAYED',
    id,
  });
  const { response } = await database.current.db.withTenant({ tenantId, actor: 'system' }, (tx) =>
    tx.one<{ response: unknown }>("select response from idempotency_key where key = 'k6'"),
  );
  expect(response).toBeNull();
});

test('a key from before the upgrade, its request stored as a plain hash, still gets its answer', async () => {
  const first = await http.call('/api/v1/notes', post('old', { code: 'o' }));
  const former = sha256('POST /api/v1/notes\n{"code":"o"}');
  await database.current.db.withTenant({ tenantId, actor: 'system' }, (tx) =>
    tx.execute("update idempotency_key set request_hash = $1 where key = 'old'", [former]),
  );
  const repeat = await http.call('/api/v1/notes', post('old', { code: 'o' }));
  expect([repeat.status, await repeat.json()]).toEqual([201, await first.json()]);
  expect((await http.refused('/api/v1/notes', post('old', { code: 'p' }))).code).toBe(
    'IDEMPOTENCY_KEY_REUSED',
  );
});

test('after seven days the key is free again', async () => {
  await http.call('/api/v1/notes', post('k7', { code: 'h' }));
  clock.advance(7 * 86_400_000 + 1);
  expect((await http.call('/api/v1/notes', post('k7', { code: 'i' }))).status).toBe(201);
});

test('without a key every request is its own; a key of 256 characters is refused', async () => {
  for (const code of ['j', 'k']) expect((await http.call('/api/v1/notes', json({ code }))).status).toBe(201);
  const refusal = await http.refused('/api/v1/notes', post('x'.repeat(256), { code: 'l' }));
  expect(refusal.issues?.[0]?.field).toBe('headers.idempotency-key');
});

test('the hash does not mind the order of keys, but every value', () => {
  const hmac = hmacSha256(Buffer.from('a'));
  const hash = (body: unknown) => requestHash(hmac, 'POST', '/x', body).toString('hex');
  expect(hash({ a: 1, b: { c: [1, 2], d: null } })).toBe(hash({ b: { d: null, c: [1, 2] }, a: 1 }));
  expect(hash({ a: [1, 2] })).not.toBe(hash({ a: [2, 1] }));
  expect(hash({ a: 1 })).not.toBe(requestHash(hmac, 'PUT', '/x', { a: 1 }).toString('hex'));
  expect(hash({ a: 1 })).not.toBe(
    requestHash(hmacSha256(Buffer.from('b')), 'POST', '/x', { a: 1 }).toString('hex'),
  );
});
