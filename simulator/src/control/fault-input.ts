import type { FaultAction } from '../faults/actions.ts';
import type { FaultMatch, FaultRule, FaultStage } from '../faults/rules.ts';
import { typeMixStyles } from '../faults/spoil-answer.ts';
import type { Fields } from '../http/body.ts';
import { orderEvents } from '../orders/order.ts';
import { ControlError, choiceIn, integerIn, listIn, numberIn, objectIn, required, textIn } from './input.ts';

type Kind = FaultAction['kind'];

interface ActionShape {
  keys: readonly string[];
  /** The stages at which it makes sense; the first is the default. */
  stages: readonly FaultStage[];
  read(fields: Fields): FaultAction;
}

const either: readonly FaultStage[] = ['before', 'after'];
const before: readonly FaultStage[] = ['before'];
const after: readonly FaultStage[] = ['after'];

/** Every action by name: its fields, where it may stand, and how it is read. */
const shapes: Readonly<Record<Kind, ActionShape>> = {
  rateLimited: {
    keys: ['retryAfter'],
    stages: before,
    read: (fields) => ({
      kind: 'rateLimited',
      retryAfter: fields.retryAfter === 'date' ? 'date' : integerIn(fields, 'retryAfter', 0, 3600),
    }),
  },
  serverError: {
    keys: ['status', 'body'],
    stages: either,
    read: (fields) => ({
      kind: 'serverError',
      status: choiceIn(fields, 'status', [500, 502, 503, 504] as const) ?? 500,
      body: choiceIn(fields, 'body', ['html', 'empty', 'htmlAsJson'] as const) ?? 'html',
    }),
  },
  forbidden: { keys: [], stages: before, read: () => ({ kind: 'forbidden' }) },
  invalidIp: {
    keys: ['status'],
    stages: before,
    read: (fields) => ({ kind: 'invalidIp', status: choiceIn(fields, 'status', [200, 403] as const) ?? 200 }),
  },
  isError: {
    keys: ['messages', 'results', 'status'],
    stages: either,
    read: (fields) => ({
      kind: 'isError',
      messages: [...listIn(fields.messages ?? ['ERROR: Something went wrong'], 'messages')],
      results: fields.results ?? [],
      status: integerIn(fields, 'status', 200, 599) ?? 200,
    }),
  },
  body: {
    keys: ['json'],
    stages: either,
    read: (fields) => ({ kind: 'body', json: required(fields.json, 'json') }),
  },
  timeout: { keys: [], stages: either, read: () => ({ kind: 'timeout' }) },
  reset: {
    keys: ['at'],
    stages: either,
    read: (fields) => ({
      kind: 'reset',
      at: choiceIn(fields, 'at', ['headers', 'body'] as const) ?? 'headers',
    }),
  },
  truncate: {
    keys: ['contentLength'],
    stages: either,
    read: (fields) => ({
      kind: 'truncate',
      contentLength: choiceIn(fields, 'contentLength', ['short', 'full'] as const) ?? 'short',
    }),
  },
  slow: {
    keys: ['delayMs', 'bytesPerSecond'],
    stages: either,
    read: (fields) => ({
      kind: 'slow',
      delayMs: integerIn(fields, 'delayMs', 0, 600_000) ?? 0,
      bytesPerSecond: integerIn(fields, 'bytesPerSecond', 1, 1_000_000_000) ?? 1,
    }),
  },
  filtersIgnored: { keys: [], stages: before, read: () => ({ kind: 'filtersIgnored' }) },
  samePage: { keys: [], stages: before, read: () => ({ kind: 'samePage' }) },
  acknowledgeLock: { keys: [], stages: before, read: () => ({ kind: 'acknowledgeLock' }) },
  orderEvent: {
    keys: ['event'],
    stages: before,
    read: (fields) => ({
      kind: 'orderEvent',
      event: required(choiceIn(fields, 'event', orderEvents), 'event'),
    }),
  },
  isErrorValue: {
    keys: ['value'],
    stages: after,
    read: (fields) => ({
      kind: 'isErrorValue',
      value: required(choiceIn(fields, 'value', ['missing', null, 'false'] as const), 'value'),
    }),
  },
  warnings: {
    keys: ['messages'],
    stages: after,
    read: (fields) => ({ kind: 'warnings', messages: [...listIn(fields.messages, 'messages')] }),
  },
  driftInsert: {
    keys: ['count'],
    stages: after,
    read: (fields) => ({ kind: 'driftInsert', count: integerIn(fields, 'count', 1, 1000) ?? 1 }),
  },
  driftRemove: {
    keys: ['count'],
    stages: after,
    read: (fields) => ({ kind: 'driftRemove', count: integerIn(fields, 'count', 1, 1000) ?? 1 }),
  },
  emptyPage: { keys: [], stages: after, read: () => ({ kind: 'emptyPage' }) },
  typeMix: {
    keys: ['style'],
    stages: after,
    read: (fields) => ({ kind: 'typeMix', style: choiceIn(fields, 'style', typeMixStyles) ?? 'random' }),
  },
  bareRows: {
    keys: ['date'],
    stages: after,
    read: (fields) => ({
      kind: 'bareRows',
      date: choiceIn(fields, 'date', ['null', 'unix'] as const) ?? 'null',
    }),
  },
  clockSkew: {
    keys: ['skewMs'],
    stages: after,
    read: (fields) => ({
      kind: 'clockSkew',
      skewMs: required(integerIn(fields, 'skewMs', -86_400_000, 86_400_000), 'skewMs'),
    }),
  },
};

const kinds = Object.keys(shapes) as Kind[];

/** A rule as the control API takes it; `stage` may be left out, then it is the action's own. */
export function readFaultRule(value: unknown): FaultRule {
  const rule = objectIn(value, 'rule', ['match', 'probability', 'times', 'stage', 'action']);
  const named = objectIn(rule.action, 'action', allActionKeys);
  const kind = required(choiceIn(named, 'kind', kinds), 'action.kind');
  const shape = shapes[kind];
  const fields = objectIn(rule.action, `action ${kind}`, ['kind', ...shape.keys]);
  const stage = choiceIn(rule, 'stage', either) ?? (shape.stages[0] as FaultStage);
  if (!shape.stages.includes(stage))
    throw new ControlError(`stage of ${kind} must be ${shape.stages.join(' or ')}`);
  return {
    match: readMatch(rule.match ?? {}),
    probability: numberIn(rule, 'probability', 0, 1) ?? 1,
    times: integerIn(rule, 'times', 1, 1_000_000) ?? null,
    stage,
    action: shape.read(fields),
  };
}

const allActionKeys = ['kind', ...new Set(Object.values(shapes).flatMap((shape) => shape.keys))];

function readMatch(value: unknown): FaultMatch {
  const match = objectIn(value, 'match', ['route', 'method', 'account', 'nth', 'bodyContains']);
  return {
    route: textIn(match, 'route'),
    method: textIn(match, 'method'),
    account: textIn(match, 'account'),
    nth: integerIn(match, 'nth', 1, 1_000_000),
    bodyContains: textIn(match, 'bodyContains'),
  };
}
