/** Zod's verdict on a request, as field issues that name where, what was sent and what is allowed. */
import type { FieldIssue, RouteContract } from '@tradepost/contracts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problem } from './problem.ts';

const maxIssues = 20;
const maxValueLength = 100;
const secretPath = /password|secret|token|key$/i;
const nothing = z.strictObject({});
const noBody = nothing.nullish();

export interface ParsedRequest {
  params: unknown;
  query: unknown;
  body: unknown;
}

/** @throws HttpProblem VALIDATION_FAILED with every refused field of params, query and body */
export function parseRequest(contract: RouteContract, request: FastifyRequest): ParsedRequest {
  const issues: FieldIssue[] = [];
  const parse = (part: string, schema: z.ZodType, value: unknown): unknown => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    issues.push(...result.error.issues.flatMap((issue) => describeIssue(part, value, issue)));
    return undefined;
  };
  for (const [name, value] of Object.entries(request.query as object)) {
    if (Array.isArray(value)) issues.push({ field: `query.${name}`, message: 'must be given once' });
  }
  const parsed = {
    params: parse('params', contract.params ?? nothing, request.params),
    query: issues.length > 0 ? undefined : parse('query', contract.query ?? nothing, request.query),
    body:
      contract.body === undefined
        ? void parse('body', noBody, request.body)
        : parse('body', contract.body, request.body),
  };
  if (issues.length === 0) return parsed;
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  throw problem('VALIDATION_FAILED', `${first!.field}: ${first!.message}${more}`, {
    issues: issues.slice(0, maxIssues),
  });
}

function describeIssue(part: string, root: unknown, issue: z.core.$ZodIssue): FieldIssue[] {
  const path = [part, ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: `${path}.${shorten(key)}`, message: 'is not a known field' }));
  }
  const value = secretPath.test(path) ? undefined : showable(valueAt(root, issue.path));
  const message = issue.message.replace(/^Invalid input: /, '');
  return [value === undefined ? { field: path, message } : { field: path, message, value }];
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function showable(value: unknown): unknown {
  if (typeof value === 'string') return shorten(value);
  return value === null || typeof value !== 'object' ? value : undefined;
}

function shorten(text: string): string {
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text;
}
