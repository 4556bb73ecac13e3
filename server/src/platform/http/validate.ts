/** Zod's verdict on a request, as field issues that name where, what was sent and what is allowed. */
import type { FieldIssue, FieldRule, RouteContract } from '@tradepost/contracts';
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
export type ParseRequest = (request: FastifyRequest) => ParsedRequest;

/** Queries remembered for a route, and how long each may be. */
const maxRemembered = 200;
const maxRememberedLength = 300;

/**
 * The same few questions come again and again, and reading them cost more than to find the answer in the cache: what
 * a query says is remembered by its text. So a schema of queries may not look at the clock, and nobody may write to what
 * it gives.
 */
export function createParser(contract: RouteContract): ParseRequest {
  const { query } = contract;
  const remembered = new Map<string, unknown>();
  if (query === undefined) return (request) => parseRequest(contract, request);
  return (request) => {
    const { url } = request;
    const begin = url.indexOf('?');
    const text = begin === -1 ? '' : url.slice(begin);
    const known = remembered.get(text);
    const parsed = parseRequest(contract, request, known);
    if (known === undefined && text.length <= maxRememberedLength) {
      if (remembered.size === maxRemembered) remembered.clear();
      remembered.set(text, Object.freeze(parsed.query));
    }
    return parsed;
  };
}

function parseRequest(contract: RouteContract, request: FastifyRequest, knownQuery?: unknown): ParsedRequest {
  const issues: FieldIssue[] = [];
  const parse = (part: string, schema: z.ZodType, value: unknown): unknown => {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    issues.push(...result.error.issues.flatMap((issue) => describeIssue(part, value, issue)));
    return undefined;
  };
  if (knownQuery === undefined) {
    for (const [name, value] of Object.entries(request.query as object)) {
      if (Array.isArray(value))
        issues.push({ field: `query.${name}`, message: 'must be given once', rule: 'once' });
    }
  }
  const parsed = {
    // An address that takes none has none.
    params: contract.params === undefined ? {} : parse('params', contract.params, request.params),
    query:
      knownQuery ??
      (issues.length > 0 ? undefined : parse('query', contract.query ?? nothing, request.query)),
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
    return issue.keys.map((key) => ({
      field: `${path}.${shorten(key)}`,
      message: 'is not a known field',
      rule: 'unknown',
    }));
  }
  const value = secretPath.test(path) ? undefined : showable(valueAt(root, issue.path));
  const message = issue.message.replace(/^Invalid input: /, '');
  return [{ field: path, message, ...ruleOf(issue, root), ...(value !== undefined && { value }) }];
}

/** Bounds are told apart by what they bound, because a language says "shorter", "fewer" and "less" of different things. */
const sizes = ['too_small', 'too_big'] as const;
const bounded: Record<string, readonly [low: FieldRule, high: FieldRule]> = {
  string: ['too_short', 'too_long'],
  array: ['too_few', 'too_many'],
};

function ruleOf(issue: z.core.$ZodIssue, root: unknown): Pick<FieldIssue, 'rule' | 'limit'> {
  switch (issue.code) {
    case 'invalid_type':
      return { rule: valueAt(root, issue.path) === undefined ? 'required' : 'format' };
    case 'invalid_format':
    case 'not_multiple_of':
      return { rule: 'format' };
    case 'invalid_value':
    case 'invalid_union':
      return { rule: 'choice' };
    case 'too_small':
      return { rule: (bounded[issue.origin] ?? sizes)[0], limit: Number(issue.minimum) };
    case 'too_big':
      return { rule: (bounded[issue.origin] ?? sizes)[1], limit: Number(issue.maximum) };
    default:
      return {};
  }
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
