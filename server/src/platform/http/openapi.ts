/** The OpenAPI 3.1 document, made from the contracts: nothing is described twice. */
import { type ErrorCode, errorCatalogue, Problem, type RouteContract } from '@tradepost/contracts';
import { z } from 'zod';
import { apiPrefix } from './register.ts';

type Json = Record<string, unknown>;

const everyRoute: readonly ErrorCode[] = [
  'VALIDATION_FAILED',
  'BAD_REQUEST',
  'RATE_LIMITED',
  'INTERNAL_ERROR',
  'OVERLOADED',
  'DATABASE_UNAVAILABLE',
];
const everyCredential: readonly ErrorCode[] = ['UNAUTHENTICATED', 'FORBIDDEN'];
const everyWrite: readonly ErrorCode[] = ['CSRF_REFUSED', 'REQUEST_TIMEOUT', 'STORAGE_FULL'];
const everyBody: readonly ErrorCode[] = ['MALFORMED_JSON', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];
const everyUpload: readonly ErrorCode[] = ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];
const everyKey: readonly ErrorCode[] = ['IDEMPOTENCY_IN_PROGRESS', 'IDEMPOTENCY_KEY_REUSED'];

/** Every code that a route may answer: its own and those that belong to its kind. */
export function errorsOf(contract: RouteContract): ErrorCode[] {
  const writes = contract.method !== 'GET';
  const paged = contract.query !== undefined && 'cursor' in propertiesOf(contract.query);
  return [
    ...new Set<ErrorCode>([
      ...(contract.errors ?? []),
      ...everyRoute,
      ...(contract.access === 'public' ? [] : everyCredential),
      ...(writes ? everyWrite : []),
      ...(contract.body === undefined ? [] : everyBody),
      ...(contract.upload === undefined ? [] : everyUpload),
      ...(writes && contract.method !== 'DELETE' && contract.access !== 'public' ? everyKey : []),
      ...(paged ? (['CURSOR_INVALID'] as const) : []),
    ]),
  ];
}

export function openApiDocument(contracts: readonly RouteContract[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const contract of contracts) {
    const path = `${apiPrefix}${contract.path.replaceAll(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [contract.method.toLowerCase()]: describeOperation(contract) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tradepost',
      version,
      description:
        'The real-time back office of a shop that sells in several places at once. Errors are RFC 9457 problem details with a stable `code`. `/api/…` is the same as `/api/v1/…`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(['health', ...contracts.map((c) => c.tag)])].map((name) => ({ name })),
    paths: { ...paths, ...healthPaths() },
    components: {
      schemas: { Problem: toSchema(Problem, 'output') },
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `tp_…`' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'tradepost.session_token',
          description: 'Set by signing in. Calls that change something also send `x-csrf-token`.',
        },
      },
    },
  };
}

function describeOperation(contract: RouteContract): Json {
  const parameters = [
    ...describeParameters('path', contract.params),
    ...describeParameters('query', contract.query),
  ];
  if (errorsOf(contract).includes('IDEMPOTENCY_KEY_REUSED')) {
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      description: 'The repeat of a request with the same key gets the same answer, for 7 days',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    });
  }
  return {
    operationId: contract.operation,
    tags: [contract.tag],
    summary: contract.summary,
    description: describeAccess(contract.access),
    security: contract.access === 'public' ? [] : [{ apiKey: [] }, { session: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(contract.body !== undefined && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: toSchema(contract.body, 'input') } },
      },
    }),
    ...(contract.upload !== undefined && { requestBody: describeUpload(contract.upload) }),
    responses: { ...describeAnswers(contract), ...describeErrors(errorsOf(contract)) },
  };
}

function describeUpload(contentTypes: readonly string[]): Json {
  const file = { type: 'string', format: 'binary' };
  const form = { type: 'object', required: ['file'], properties: { file } };
  return {
    required: true,
    content: Object.fromEntries(
      contentTypes.map((type) => [type, { schema: type === 'multipart/form-data' ? form : file }]),
    ),
  };
}

function describeAccess(access: RouteContract['access']): string {
  if (access === 'public') return 'Needs no credential.';
  if (access === 'signed-in') return 'Needs any live credential.';
  return `Needs the permission \`${access}\`.`;
}

function describeAnswers(contract: RouteContract): Json {
  return Object.fromEntries(
    Object.entries(contract.responses).map(([status, schema]) => [
      status,
      schema === null
        ? { description: 'Done; no content' }
        : {
            description: contract.summary,
            content: Object.fromEntries(
              [contract.media ?? 'application/json']
                .flat()
                .map((type) => [type, { schema: toSchema(schema, 'output') }]),
            ),
          },
    ]),
  );
}

function describeErrors(codes: readonly ErrorCode[]): Json {
  const byStatus = Map.groupBy(codes, (code) => errorCatalogue[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      String(status),
      {
        description: list.map((code) => `\`${code}\`: ${errorCatalogue[code].title}`).join('. '),
        content: {
          'application/problem+json': {
            schema: {
              allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: list } } }],
            },
          },
        },
      },
    ]),
  );
}

function describeParameters(where: 'path' | 'query', schema: z.ZodType | undefined): Json[] {
  if (schema === undefined) return [];
  const { required = [] } = toSchema(schema, 'input') as { required?: string[] };
  return Object.entries(propertiesOf(schema)).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: property,
  }));
}

function propertiesOf(schema: z.ZodType): Record<string, Json> {
  return (toSchema(schema, 'input') as { properties?: Record<string, Json> }).properties ?? {};
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'draft-2020-12',
  });
  return rest;
}

function healthPaths(): Record<string, Json> {
  const answer = (status: string, description: string) => ({
    [status]: { description, content: { 'application/json': { schema: { type: 'object' } } } },
  });
  const path = (operationId: string, summary: string) => ({
    get: {
      operationId,
      tags: ['health'],
      summary,
      security: [],
      responses: { ...answer('200', 'Serves'), ...answer('503', 'Does not serve') },
    },
  });
  return {
    '/health': path('getHealth', 'The parts and their state'),
    '/health/live': path('getLiveness', 'The process answers'),
    '/health/ready': path('getReadiness', 'The process can do its work'),
  };
}
