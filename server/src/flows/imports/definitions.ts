/** The tasks of an import. One at a time per tenant, so that two imports never mix over the same rows. */
import { z } from 'zod';
import { defineTask } from '#platform/jobs';

const payload = z.object({ importId: z.uuid() });
export type ImportPayload = z.infer<typeof payload>;

const importTask = (type: string) =>
  defineTask({
    type,
    payload,
    lane: () => 'imports',
    dedupeKey: ({ importId }: ImportPayload) => importId,
    timeoutMs: 60 * 60_000,
  });

export const checkImportTask = importTask('check_import');
export const applyImportTask = importTask('apply_import');
export const undoImportTask = importTask('undo_import');
