/** Applies a stock count of more lines than one transaction takes. */
import { z } from 'zod';
import { defineTask } from '#platform/jobs';

export const applyCountTask = defineTask({
  type: 'apply_stock_count',
  payload: z.object({ countId: z.uuid() }),
  lane: ({ countId }) => `apply_stock_count:${countId}`,
  dedupeKey: ({ countId }) => countId,
  timeoutMs: 60 * 60_000,
});
