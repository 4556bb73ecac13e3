import { z } from 'zod';
import { defineRoute } from '../route.ts';
import { Task } from './tasks.ts';

/** How many want how much, and by how many processes they come. */
export const ProofSize = z.strictObject({
  buyers: z.int().min(2).max(20_000).default(1000),
  pieces: z.int().min(1).max(1_000_000).default(500).describe('Pieces of twenty SKUs together'),
  processes: z.int().min(1).max(16).default(2),
});
export type ProofSize = z.infer<typeof ProofSize>;

export const proofRules = [
  'never_oversold',
  'all_answered',
  'kept_as_told',
  'once_per_key',
  'within_bounds',
  'reserved_is_held',
  'ledger_adds_up',
  'announced_once',
] as const;
export type ProofRule = (typeof proofRules)[number];

/** One thing that must hold, and where it did not. */
export const ProofCheck = z.object({
  rule: z.enum(proofRules),
  name: z.string().describe('The rule in words'),
  holds: z.boolean(),
  checked: z.int().describe('Rows, answers or requests that were looked at'),
  breaches: z.array(z.string()).describe('The first ten'),
});
export type ProofCheck = z.infer<typeof ProofCheck>;

/** The result of the task `prove_stock`, and what `tradepost prove --json` prints. */
export const ProofReport = z.object({
  holds: z.boolean(),
  buyers: z.int(),
  pieces: z.int(),
  processes: z.int(),
  killed: z.int().describe('Processes killed in the middle; what they had not answered was repeated'),
  reserved: z.int(),
  refused: z.int().describe('Told STOCK_SHORT'),
  confirmed: z.int(),
  released: z.int(),
  expired: z.int(),
  repeated: z.int().describe('Requests sent more than once'),
  seconds: z.number(),
  requestsPerSecond: z.number(),
  checks: z.array(ProofCheck),
});
export type ProofReport = z.infer<typeof ProofReport>;

export const stockProofRoutes = {
  proveStock: defineRoute({
    method: 'POST',
    path: '/inventory/proof',
    operation: 'proveStock',
    tag: 'inventory',
    summary:
      'Prove on this very database that nothing is oversold: a task, in a tenant of its own that is removed',
    access: 'tenant.manage',
    body: ProofSize.partial(),
    responses: { 202: Task },
  }),
};
