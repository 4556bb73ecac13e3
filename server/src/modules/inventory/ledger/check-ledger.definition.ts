/** The daily proof of every tenant's ledger. */
import { z } from 'zod';
import { defineTask, enqueueTaskFor, type Schedule } from '#platform/jobs';

export const checkLedger = defineTask({
  type: 'check_ledger',
  payload: z.object({}),
  lane: () => 'check_ledger',
  dedupeKey: () => 'all',
  timeoutMs: 2 * 3_600_000,
});

export const checkLedgerSchedule: Schedule = {
  name: 'check_ledger',
  intervalMs: 86_400_000,
  async run(tx) {
    const tenants = await tx.query<{ id: string }>('select id from auth.organization');
    for (const { id } of tenants) await enqueueTaskFor(tx, id, checkLedger, {});
  },
};
