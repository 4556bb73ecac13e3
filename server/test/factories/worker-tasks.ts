/** The tasks that a worker process and the test that watches it share. */
import { z } from 'zod';
import { defineTask } from '#platform/jobs';

const payload = z.object({});
export const hang = defineTask({ type: 'hang', payload });
/** Two tries, each of which ends its process. */
export const kill = defineTask({ type: 'kill', payload, retryDelaysMs: [0] });
export const write = defineTask({ type: 'write', payload });
