import type { Problem } from '@tradepost/contracts';
import { describe, expect, test } from 'vitest';
import { en } from '../i18n/en.ts';
import { createFormats } from '../i18n/formats.ts';
import { ro } from '../i18n/ro.ts';
import { CallFailed } from './call.ts';
import { describeProblem } from './problems.ts';

const romanian = createFormats('ro-RO', ro.time);

function failure(status: number, problem: Partial<Problem>): CallFailed {
  return new CallFailed(status, {
    type: 'urn:tradepost:error',
    title: 'Title in English',
    status,
    code: 'VALIDATION_FAILED',
    detail: 'Detail in English',
    requestId: 'r-1',
    ...problem,
  });
}

describe('a refused field in a Romanian screen', () => {
  const linesFor = (issue: NonNullable<Problem['issues']>[number]) =>
    describeProblem(failure(400, { issues: [issue] }), ro, romanian).lines;

  test('is said by its rule, with its bound written the Romanian way', () => {
    expect(
      linesFor({ field: 'body.quantity', message: 'Too big', rule: 'too_big', limit: 1_000_000 }),
    ).toEqual(['Bucăți: trebuie să fie cel mult 1.000.000']);
  });

  test('of a list names which one', () => {
    expect(
      linesFor({ field: 'body.variants.2.sku', message: 'Too long', rule: 'too_long', limit: 64 }),
    ).toEqual(['SKU 3: trebuie să aibă maximum 64 de caractere']);
  });

  test('keeps the server’s words where there is no rule', () => {
    expect(linesFor({ field: 'body.slug', message: 'must not begin with a digit' })).toEqual([
      'slug: must not begin with a digit',
    ]);
  });
});

describe('what the server says beyond its code', () => {
  test('is shown where it knows more, and nowhere else', () => {
    const exists = failure(409, { code: 'ALREADY_EXISTS', detail: 'The SKU NW-1 exists.' });
    expect(describeProblem(exists, ro, romanian)).toMatchObject({
      title: ro.problems.exists.title,
      detail: 'The SKU NW-1 exists.',
    });
    expect(describeProblem(failure(403, { code: 'FORBIDDEN' }), ro, romanian).detail).toBeNull();
  });

  test('is nothing when the server was not reached', () => {
    expect(describeProblem(new CallFailed(0, null), en, romanian)).toMatchObject({
      kind: 'unreachable',
      detail: null,
    });
  });
});
