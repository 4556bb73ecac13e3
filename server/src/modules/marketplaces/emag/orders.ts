/** eMAG's order calls: read a page, count, acknowledge. Source: emag-api.md 3.3, 3.8. */
import { setTimeout as delay } from 'node:timers/promises';
import { type EmagClient, EmagError } from './client.ts';
import { WireCount } from './wire.ts';

export const pageSize = 100;

/** `modifiedAfter` is local text of the platform, seconds included. */
export interface OrderFilter {
  type: 2 | 3;
  status?: number[];
  modifiedAfter?: string;
}

/**
 * One page, newest first. Filters are top-level: wrapped in `data` they would be ignored and everything returned.
 *
 * @throws EmagError `malformed` when a row is not what was asked for: a filter ignored could touch the wrong orders
 */
export async function readOrderPage(
  client: EmagClient,
  filter: OrderFilter,
  page: number,
  signal: AbortSignal,
): Promise<unknown[]> {
  const results = await client.call(
    'order/read',
    { currentPage: page, itemsPerPage: pageSize, ...filter },
    signal,
  );
  if (!Array.isArray(results))
    throw new EmagError('malformed', 'eMAG answered the reading of orders with something that is no list.');
  for (const row of results as Record<string, unknown>[]) {
    if (row === null || typeof row !== 'object') continue;
    const wrong =
      (row.type !== undefined && Number(row.type) !== filter.type) ||
      (filter.status !== undefined && !filter.status.includes(Number(row.status))) ||
      (filter.modifiedAfter !== undefined &&
        typeof row.modified === 'string' &&
        row.modified < filter.modifiedAfter);
    if (wrong)
      throw new EmagError(
        'malformed',
        'eMAG answered with orders that were not asked for; none of that page was stored.',
      );
  }
  return results;
}

/** How many orders match; null when the answer cannot be read. */
export async function countOrders(
  client: EmagClient,
  filter: OrderFilter,
  signal: AbortSignal,
): Promise<number | null> {
  const parsed = WireCount.safeParse(await client.call('order/count', filter, signal));
  return parsed.success ? parsed.data.noOfItems : null;
}

export type Acknowledgement =
  | { ok: true }
  /** eMAG has another state of it, which the next reading brings. */
  | { ok: false; message: string };

/** Acknowledging twice is no failure. A locked order is tried again after `lockWaitMs`, three times. */
export async function acknowledgeOrder(
  client: EmagClient,
  externalId: string,
  signal: AbortSignal,
  lockWaitMs = 5000,
): Promise<Acknowledgement> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.call(`order/acknowledge/${externalId}`, {}, signal);
      return { ok: true };
    } catch (error) {
      if (!(error instanceof EmagError) || error.kind !== 'refused') throw error;
      const text = error.messages.join(' ');
      if (/already in progress|already been acknowledged/i.test(text)) return { ok: true };
      if (!/resource locked/i.test(text) || attempt > 3) return { ok: false, message: error.message };
      await delay(lockWaitMs, undefined, { signal });
    }
  }
}
