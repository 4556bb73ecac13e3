/** The two jobs over a marketplace account, as data. Both go through the account's lane: one at a time per account. */
import { z } from 'zod';
import { defineTask } from '#platform/jobs';

const payload = z.object({ accountId: z.uuid() });
export type AccountPayload = z.infer<typeof payload>;

const ofAccount = ({ accountId }: AccountPayload): string => `account:${accountId}`;

export const syncOrders = defineTask({ type: 'sync_orders', payload, lane: ofAccount, dedupeKey: ofAccount });
export const acknowledgeOrders = defineTask({
  type: 'acknowledge_orders',
  payload,
  lane: ofAccount,
  dedupeKey: ofAccount,
});
