import { z } from 'zod';
import { defineTask } from '#platform/jobs';

export const autoReorderTask = defineTask({
  type: 'auto_reorder_stock',
  /** Without `draft` it only works out what to order. */
  payload: z.object({ draft: z.boolean() }),
  dedupeKey: ({ draft }) => (draft ? 'draft' : 'plan'),
});
