/** Routes that do little, to test what every route has. */
import { defineRoute, IdParams } from '@tradepost/contracts';
import { z } from 'zod';
import { CommitUnknownError, DatabaseUnavailableError } from '#platform/db';
import { problem, route } from '#platform/http';
import { buildCredential } from './http.ts';

const echo = defineRoute({
  method: 'POST',
  path: '/echo',
  operation: 'echo',
  tag: 'orders',
  summary: 'Says what it was told',
  access: 'public',
  body: z.strictObject({
    lines: z.array(z.strictObject({ sku: z.string().max(10), quantity: z.int().min(1) })).max(500),
    password: z.string().min(5).optional(),
  }),
  responses: { 201: z.object({ lines: z.number(), known: z.string() }) },
});
export const look = defineRoute({
  method: 'GET',
  path: '/look',
  operation: 'look',
  tag: 'orders',
  summary: 'Looks',
  access: 'public',
  query: z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
  responses: { 200: z.object({ limit: z.number() }) },
});
const thing = defineRoute({
  method: 'DELETE',
  path: '/things/:id',
  operation: 'deleteThing',
  tag: 'orders',
  summary: 'Deletes',
  access: 'public',
  params: IdParams,
  responses: { 204: null },
});
const fail = defineRoute({
  method: 'GET',
  path: '/fail',
  operation: 'fail',
  tag: 'orders',
  summary: 'Fails',
  access: 'public',
  query: z.strictObject({ how: z.string() }),
  responses: { 200: z.object({}) },
});
const read = defineRoute({
  method: 'GET',
  path: '/secret',
  operation: 'readSecret',
  tag: 'orders',
  summary: 'Needs a permission',
  access: 'orders.read',
  responses: { 200: z.object({ tenantId: z.string(), actor: z.string() }) },
});
const write = defineRoute({ ...read, method: 'POST', operation: 'writeSecret', access: 'inventory.write' });
const manage = defineRoute({ ...read, path: '/manage', operation: 'manage', access: 'tenant.manage' });

const failures: Record<string, () => Error> = {
  database: () => new DatabaseUnavailableError('connect ECONNREFUSED 10.0.0.7:5432'),
  commit: () => new CommitUnknownError('the connection broke during commit'),
  lock: () => Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' }),
  bug: () => new Error('password=hunter2 in /srv/secret/path'),
  short: () =>
    problem('STOCK_SHORT', 'Not enough of A.', { lines: [{ sku: 'A', asked: 5, available: 2 }], id: 'x' }),
};

export const handlers = [
  route(echo, async ({ body }) => {
    const answer = { lines: body.lines.length, known: 'yes', unlisted: 'must not leave' };
    return { status: 201, body: answer };
  }),
  route(look, async ({ query }) => ({ status: 200, body: query })),
  route(thing, async () => ({ status: 204 })),
  route(fail, async ({ query }) => {
    throw failures[query.how]!();
  }),
  route(read, async ({ ctx }) => ({ status: 200, body: ctx }), { aliases: ['/secret-alias'] }),
  route(write, async ({ ctx }) => ({ status: 200, body: ctx })),
  route(manage, async ({ ctx }) => ({ status: 200, body: ctx })),
];

/** By header: `Bearer key` is an API key, the cookie `who=1` a session. */
export async function authenticate(headers: {
  authorization?: string | undefined;
  cookie?: string | undefined;
}) {
  if (headers.authorization === 'Bearer key') return buildCredential();
  if (headers.cookie === 'who=1')
    return buildCredential({ id: 'session:s1', actor: 'user:u1', userId: 'u1' });
  return null;
}
