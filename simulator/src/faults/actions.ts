import {
  type Answer,
  ApiError,
  type Delivery,
  failure,
  forbidden,
  gateway,
  invalidIp,
  jsonAnswer,
  success,
  textAnswer,
} from '../http/answer.ts';
import type { Fields } from '../http/body.ts';
import { applyEvent } from '../orders/change-order.ts';
import type { OrderEventName } from '../orders/order.ts';
import type { SellerAccount } from '../seller-account.ts';
import type { World } from '../world.ts';
import { type AnswerAction, spoilAnswer } from './spoil-answer.ts';

/** A rule's action, by kind. Ids in brackets: emag-api.md 7.6. */
export type FaultAction = RefuseAction | DeliveryAction | BendAction | AnswerAction;

/** Answers in place of the real one, before or after the effect. */
type RefuseAction =
  /** F1, F2: 429; `retryAfter` in seconds, or as an HTTP date. */
  | { kind: 'rateLimited'; retryAfter?: number | 'date' }
  /** F3. */
  | { kind: 'serverError'; status: 500 | 502 | 503 | 504; body: 'html' | 'empty' | 'htmlAsJson' }
  /** F12. */
  | { kind: 'forbidden' }
  | { kind: 'invalidIp'; status: 200 | 403 }
  /** F8, F11: any messages, any results. */
  | { kind: 'isError'; messages: unknown[]; results: unknown; status: number }
  /** F9: the whole body, whatever it is: null, [], {}. */
  | { kind: 'body'; json: unknown };

/** F4 to F7: the real answer (an empty success when before), badly delivered. */
type DeliveryAction =
  | { kind: 'timeout' }
  | { kind: 'reset'; at: 'headers' | 'body' }
  | { kind: 'truncate'; contentLength: 'short' | 'full' }
  | { kind: 'slow'; delayMs: number; bytesPerSecond: number };

/** Bends the request before it is handled. */
type BendAction =
  /** F22. */
  | { kind: 'filtersIgnored' }
  /** F15: the page before is served again. */
  | { kind: 'samePage' }
  /** F17. */
  | { kind: 'acknowledgeLock' }
  /** F16, F18: something happens to the order just before it is acknowledged. */
  | { kind: 'orderEvent'; event: OrderEventName };

export interface FaultRequest {
  world: World;
  account: SellerAccount | null;
  remoteAddress: string;
  /** Order id of the path, if it has one. */
  orderId: number | null;
}

/** What the handler is told by faults that bend the request. */
export interface Bend {
  ignoreFilters: boolean;
  pageShift: number;
}

/**
 * The before stage of one fault: an answer ends the request here and nothing takes effect; null lets it go on,
 * perhaps bent.
 */
export function applyBefore(action: FaultAction, request: FaultRequest, bend: Bend): Answer | null {
  switch (action.kind) {
    case 'filtersIgnored':
      bend.ignoreFilters = true;
      return null;
    case 'samePage':
      bend.pageShift -= 1;
      return null;
    case 'acknowledgeLock':
      return failure(new ApiError('ERROR: Resource locked for processing', 400));
    case 'orderEvent':
      disturbOrder(action.event, request);
      return null;
    default:
      return badAnswer(action, success([]), request);
  }
}

/** The after stage: the effect stands, the answer is spoiled. */
export function applyAfter(action: FaultAction, answer: Answer, request: FaultRequest): Answer {
  return badAnswer(action, answer, request) ?? spoilAnswer(action, answer, request);
}

function badAnswer(action: FaultAction, answer: Answer, request: FaultRequest): Answer | null {
  switch (action.kind) {
    case 'rateLimited': {
      if (action.retryAfter === undefined) return gateway.rateLimited();
      const date = new Date(request.world.clock.nowMs() + 2000).toUTCString();
      return gateway.rateLimited({
        'Retry-After': action.retryAfter === 'date' ? date : String(action.retryAfter),
      });
    }
    case 'serverError':
      return serverError(action.status, action.body);
    case 'forbidden':
      return forbidden();
    case 'invalidIp':
      return invalidIp(request.remoteAddress, action.status);
    case 'isError': {
      const envelope = { isError: true, messages: action.messages, errors: [], results: action.results };
      return jsonAnswer(action.status, envelope);
    }
    case 'body':
      return jsonAnswer(200, action.json);
    case 'timeout':
      return delivered(answer, { kind: 'silent' });
    case 'reset':
      return delivered(answer, { kind: 'reset', at: action.at });
    case 'truncate':
      return delivered(answer, { kind: 'truncated', contentLength: action.contentLength });
    case 'slow':
      return delivered(answer, { ...action });
    default:
      return null;
  }
}

export function serverError(status: number, body: 'html' | 'empty' | 'htmlAsJson'): Answer {
  if (body === 'empty') return textAnswer(status, '', 'text/html');
  const html = `<html><head><title>${status}</title></head><body><center><h1>${status}</h1></center></body></html>`;
  return textAnswer(status, html, body === 'html' ? 'text/html' : 'application/json');
}

function delivered(answer: Answer, delivery: Delivery): Answer {
  return { ...answer, delivery };
}

function disturbOrder(event: OrderEventName, { world, account, orderId }: FaultRequest): void {
  const order = orderId === null ? undefined : account?.orders.get(orderId);
  if (!account || !order) return;
  applyEvent(account, order, event, world.clock.nowMs());
  world.revision += 1;
}

/** The request's fields as the bent handler sees them. */
export function bendFields(fields: Fields, bend: Bend): Fields {
  const { currentPage, itemsPerPage } = fields;
  const kept: Fields = bend.ignoreFilters ? { currentPage, itemsPerPage } : fields;
  if (bend.pageShift === 0) return kept;
  return { ...kept, currentPage: Math.max(1, Number(currentPage ?? 1) + bend.pageShift) };
}
