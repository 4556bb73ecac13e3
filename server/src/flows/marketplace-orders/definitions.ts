/** The jobs over a marketplace account, as data. All go through the account's lane: one at a time per account. */
import { z } from 'zod';
import { defineTask, type TaskDefinition } from '#platform/jobs';

const payload = z.object({ accountId: z.uuid() });
export type AccountPayload = z.infer<typeof payload>;

const ofAccount = ({ accountId }: AccountPayload): string => `account:${accountId}`;

export const accountTask = (type: string): TaskDefinition<AccountPayload> =>
  defineTask({ type, payload, lane: ofAccount, dedupeKey: ofAccount });

export const syncOrders = accountTask('sync_orders');
export const acknowledgeOrders = accountTask('acknowledge_orders');
