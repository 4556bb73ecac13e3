/** A bulk change of more products than one transaction takes. */
import { BulkAction, ProductFilter } from '@tradepost/contracts';
import { z } from 'zod';
import { defineTask } from '#platform/jobs';

const payload = z.object({ filter: ProductFilter, action: BulkAction });
export type BulkTask = z.infer<typeof payload>;

/** One at a time per tenant, so that two of them never mix over the same products. */
export const changeProductsTask = defineTask({
  type: 'change_products',
  payload,
  lane: () => 'change_products',
  timeoutMs: 60 * 60_000,
});
