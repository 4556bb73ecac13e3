/** The task that proves the stock. */
import { ProofSize } from '@tradepost/contracts';
import { defineTask } from '#platform/jobs';

/** One at a time. It is not tried again: a breach is a result, and a failure worth a look. */
export const proveStockTask = defineTask({
  type: 'prove_stock',
  payload: ProofSize,
  retryDelaysMs: [],
  lane: () => 'prove_stock',
  dedupeKey: () => 'all',
});
