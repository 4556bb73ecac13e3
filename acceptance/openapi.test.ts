/** The documents that developers build on: valid, complete, and true to what the server answers. */
import SwaggerParser from '@apidevtools/swagger-parser';
import { errorCatalogue, events, routes } from '@tradepost/contracts';
import { beforeAll, expect, test } from 'vitest';
import { send } from './support/api.ts';
import { Tradepost } from './support/tradepost.ts';

interface Operation {
  operationId: string;
  summary: string;
  security?: unknown[];
  parameters?: { name: string; in: string }[];
  responses: Record<string, { description: string; content?: Record<string, { schema?: unknown }> }>;
}

interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

let app: Tradepost;
let document: OpenApi;
let operations: Map<string, Operation>;

beforeAll(async () => {
  app = await Tradepost.start();
  document = (await send<OpenApi>('GET', `${app.url}/openapi.json`)).body;
  const all = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  operations = new Map(all.map((o) => [o.operationId, o]));
  expect(operations.size).toBe(all.length);
});

test('is valid OpenAPI 3.1', async () => {
  expect(document.openapi).toMatch(/^3\.1\./);
  // The validator replaces references in what it is given.
  await SwaggerParser.validate(structuredClone(document) as never);
});

test('describes each operation with its answers and errors', () => {
  for (const contract of Object.values(routes)) {
    const operation = operations.get(contract.operation);
    expect(operation, contract.operation).toBeDefined();
    expect(operation!.summary).not.toBe('');
    for (const status of Object.keys(contract.responses)) expect(operation!.responses).toHaveProperty(status);
    const declared: readonly (keyof typeof errorCatalogue)[] = 'errors' in contract ? contract.errors : [];
    const usual = [
      'VALIDATION_FAILED',
      'RATE_LIMITED',
      'INTERNAL_ERROR',
      'OVERLOADED',
      'DATABASE_UNAVAILABLE',
    ] as const;
    const credential = contract.access === 'public' ? [] : (['UNAUTHENTICATED', 'FORBIDDEN'] as const);
    for (const code of [...declared, ...usual, ...credential]) {
      const response = operation!.responses[String(errorCatalogue[code].status)];
      expect(response?.description, `${contract.operation} ${code}`).toContain(`\`${code}\``);
      expect(response!.content).toHaveProperty(['application/problem+json']);
    }
    expect(operation!.security).toEqual(
      contract.access === 'public' ? [] : [{ apiKey: [] }, { session: [] }],
    );
    for (const name of contract.path.matchAll(/:(\w+)/g)) {
      expect(operation!.parameters).toContainEqual(expect.objectContaining({ name: name[1], in: 'path' }));
    }
  }
});

test('documents every error code that a described operation can answer', () => {
  const described = new Set(
    [...operations.values()].flatMap((o) =>
      Object.values(o.responses).flatMap((r) =>
        [...r.description.matchAll(/`([A-Z_]+)`/g)].map((m) => m[1]!),
      ),
    ),
  );
  // These come before there is an operation: an address or headers that lead to none.
  const before = ['METHOD_NOT_ALLOWED', 'URI_TOO_LONG', 'HEADERS_TOO_LARGE'];
  expect([...described, ...before].sort()).toEqual(Object.keys(errorCatalogue).sort());
});

test('/asyncapi.json describes every event', async () => {
  const { status, body, text } = await send<{ asyncapi: string }>('GET', `${app.url}/asyncapi.json`);
  expect(status).toBe(200);
  expect(body.asyncapi).toMatch(/^3\./);
  for (const name of Object.keys(events)) expect(text).toContain(name);
});

test('/docs shows them, and /health and /metrics answer', async () => {
  const docs = await send('GET', `${app.url}/docs/`);
  expect([docs.status, docs.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('text/html'),
  ]);
  for (const path of ['/health', '/health/live', '/health/ready', '/api/health', '/api/health/']) {
    const answer = await send<{ status: string }>('GET', app.url + path);
    expect([path, answer.status, answer.body.status]).toEqual([path, 200, 'ok']);
  }
  const metrics = await send('GET', `${app.url}/metrics`);
  expect(metrics.text).toMatch(/^tradepost_http_request_duration_seconds_count\{.*operation="getHealth"/m);
});
