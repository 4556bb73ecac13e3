import { type Answer, ApiError, success } from '../http/answer.ts';
import { parseOrderFilter } from '../orders/order-filter.ts';
import { presentOrder } from '../orders/present-order.ts';
import { type ApiRequest, type ApiRoute, countResult, pageOf, readFields } from './request.ts';

/** Source: emag-api.md 3. */
export const orderRoutes: readonly ApiRoute[] = [
  { method: 'POST', path: 'order/read', bucket: 'order', handle: readOrders },
  { method: 'POST', path: 'order/count', bucket: 'order', handle: countOrders },
  { method: 'POST', path: 'order/acknowledge/:id', bucket: 'order', handle: acknowledgeOrder },
];

function readOrders(request: ApiRequest): Answer {
  const { account, world } = request;
  const fields = readFields(request);
  const filter = parseOrderFilter(fields);
  const { page, size } = pageOf(fields, request);
  const rows = account.orders.page(filter, page, size, world.settings.dialect.orderSort === 'newestFirst');
  return success(rows.map((order) => presentOrder(order, account)));
}

function countOrders(request: ApiRequest): Answer {
  const fields = readFields(request);
  const filter = parseOrderFilter(fields);
  const { size } = pageOf(fields, request);
  return success(countResult(request.account.orders.count(filter), size));
}

/**
 * 1 → 2, the only way there, once, type 3 only. Every refusal is HTTP 400; the texts other than "already in progress"
 * are ours (A17). Source: emag-api.md 3.8.
 */
function acknowledgeOrder({ world, account, id }: ApiRequest): Answer {
  const order = /^\d{1,10}$/.test(id) ? account.orders.get(Number(id)) : undefined;
  if (!order) throw new ApiError('ERROR: Invalid order id.', 400);
  order.acknowledgeCalls += 1;
  if (order.type === 2) throw new ApiError('ERROR: Acknowledge is not allowed for this order type.', 400);
  if (order.status === 0) throw new ApiError('ERROR: Order is canceled.', 400);
  if (order.status !== 1) throw new ApiError('ERROR: Order is already in progress.', 400);
  const ageMs = world.clock.nowMs() - order.createdMs;
  if (ageMs < world.settings.dialect.acknowledgeLockMs) {
    throw new ApiError('ERROR: Resource locked for processing', 400);
  }
  world.changeOrder(account, order, () => {
    order.status = 2;
    order.acknowledgedCount += 1;
  });
  if (world.settings.actors) world.actors.planAfterAcknowledge(order);
  else order.plan = null;
  return success([]);
}
