import { type Answer, type Envelope, envelopeOf, restyleNumbers, withJson } from '../http/answer.ts';
import { formatLocal } from '../local-time.ts';
import { applyEvent } from '../orders/change-order.ts';
import type { Random } from '../random.ts';
import type { FaultAction, FaultRequest } from './actions.ts';

/** Changes a real answer, or the world behind it, after the handler has run. Ids: emag-api.md 7.6. */
export type AnswerAction =
  /** F9: the key is gone, or holds something else. */
  | { kind: 'isErrorValue'; value: 'missing' | null | 'false' }
  /** F10. */
  | { kind: 'warnings'; messages: unknown[] }
  /** F13: new orders push rows to the next page. */
  | { kind: 'driftInsert'; count: number }
  /** F14: rows of this page leave a filtered list, pulling later ones forward. */
  | { kind: 'driftRemove'; count: number }
  /** F15. */
  | { kind: 'emptyPage' }
  /** F19. */
  | { kind: 'typeMix'; style: TypeMixStyle }
  /** F20: rows without customer, lines and date. */
  | { kind: 'bareRows'; date: 'null' | 'unix' }
  /** F29: `modified` of the rows as another clock would stamp it. */
  | { kind: 'clockSkew'; skewMs: number };

export const typeMixStyles = [
  'allStrings',
  'allNumbers',
  'random',
  'emptyAsNull',
  'emptyAsObject',
  'unknownKeys',
  'missingKeys',
] as const;
type TypeMixStyle = (typeof typeMixStyles)[number];

type Row = Record<string, unknown>;

/** Answers without the envelope (gateway errors) stay as they are, as does everything for foreign actions. */
export function spoilAnswer(action: FaultAction, answer: Answer, request: FaultRequest): Answer {
  const envelope = envelopeOf(answer);
  if (!envelope) return answer;
  switch (action.kind) {
    case 'isErrorValue': {
      const { isError: _was, ...rest } = envelope;
      return withJson(answer, action.value === 'missing' ? rest : { isError: action.value, ...rest });
    }
    case 'warnings':
      return withJson(answer, { ...envelope, messages: action.messages });
    case 'emptyPage':
      return withJson(answer, { ...envelope, results: [] });
    case 'driftInsert':
      for (let made = 0; made < action.count && request.account; made += 1) {
        request.world.createOrder(request.account);
      }
      return answer;
    case 'driftRemove':
      removeRows(envelope, action.count, request);
      return answer;
    case 'typeMix':
      return withRows(answer, envelope, (row) => mixTypes(row, action.style, request.world.faultRandom));
    case 'bareRows':
      return withRows(answer, envelope, (row) => {
        const date = action.date === 'null' ? null : Math.floor(request.world.clock.nowMs() / 1000);
        return { ...row, customer: null, products: [], date };
      });
    case 'clockSkew':
      return withRows(answer, envelope, (row) => skewed(row, action.skewMs, request));
    default:
      return answer;
  }
}

function withRows(answer: Answer, envelope: Envelope, change: (row: Row) => Row): Answer {
  if (!Array.isArray(envelope.results)) return answer;
  return withJson(answer, { ...envelope, results: envelope.results.map((row: Row) => change(row)) });
}

function removeRows(envelope: Envelope, count: number, { world, account }: FaultRequest): void {
  if (!account || !Array.isArray(envelope.results)) return;
  for (const row of envelope.results.slice(0, count)) {
    const order = account.orders.get(Number((row as Row).id));
    if (!order) continue;
    applyEvent(account, order, order.status === 1 ? 'acknowledgeByOther' : 'finalize', world.clock.nowMs());
  }
  world.revision += 1;
}

function skewed(row: Row, skewMs: number, { account }: FaultRequest): Row {
  const order = account?.orders.get(Number(row.id));
  if (!account || !order) return row;
  return { ...row, modified: formatLocal(order.modifiedMs + skewMs, account.platform.timeZone) };
}

const optionalKeys = ['observation', 'vouchers', 'flags', 'late_shipment', 'currency', 'details', 'proforms'];

function mixTypes(row: Row, style: TypeMixStyle, random: Random): Row {
  switch (style) {
    case 'allStrings':
    case 'allNumbers':
      return restyleNumbers(row, style) as Row;
    case 'random':
      return Object.fromEntries(
        Object.entries(row).map(([key, value]) => [
          key,
          restyleNumbers(value, random.chance(0.5) ? 'allStrings' : 'allNumbers'),
        ]),
      );
    case 'emptyAsNull':
      return replaceEmpty(row, null);
    case 'emptyAsObject':
      return replaceEmpty(row, {});
    case 'unknownKeys':
      return { ...row, x_new_key: { nested: [1, 'two'] }, '': null };
    case 'missingKeys':
      return Object.fromEntries(
        Object.entries(row).filter(([key]) => !optionalKeys.includes(key) || random.chance(0.5)),
      );
  }
}

/** PHP's empty list stands for an empty object, too (T3). */
function replaceEmpty(row: Row, by: null | object): Row {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, Array.isArray(value) && value.length === 0 ? by : value]),
  );
}
