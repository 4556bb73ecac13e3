/** The audit log: who changed what, with before and after. */
import { z } from 'zod';
import { Instant, listOf, listQuery } from '../common.ts';
import { defineRoute } from '../route.ts';

export const auditActions = ['insert', 'update', 'delete'] as const;

/** The fields that changed. A secret's value is `"redacted"` on both sides. */
const Fields = z.record(z.string(), z.unknown());

export const AuditEntry = z.object({
  id: z.string(),
  at: Instant,
  actor: z
    .string()
    .describe('`user:<id>`, `key:<id>`, `task:<id>`, `cli:<user>` (the operating system’s) or `system`'),
  actorName: z.string().nullable().describe('As it was then; null for the system and its tasks'),
  action: z.enum(auditActions),
  entity: z.string().describe('`product`, `member`, `api_key`, `sign_in`, …'),
  entityId: z.string(),
  entityName: z.string().nullable().describe('As it was then; null when it has none'),
  before: Fields.nullable().describe('null: it was made'),
  after: Fields.nullable().describe('null: it was deleted'),
  requestId: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

const text = z.string().trim().min(1).max(100);

const filters = {
  actor: text
    .optional()
    .describe('`user:<id>`, `key:<id>`, `task:<id>`, `cli:<user>` (the operating system’s) or `system`'),
  entity: text.optional(),
  entityId: text.optional(),
  action: z.enum(auditActions).optional(),
  from: Instant.optional(),
  to: Instant.optional().describe('Up to, but not including, this instant'),
  search: text
    .optional()
    .describe(
      'Anywhere in the actor’s name, the entity’s name or id, before or after. Each page looks through 5,000 entries: it may hold few, or none, and still have a `nextCursor`',
    ),
};
export type AuditFilter = z.infer<z.ZodObject<typeof filters>>;

export const auditRoutes = {
  listAudit: defineRoute({
    method: 'GET',
    path: '/admin/audit',
    operation: 'listAudit',
    tag: 'admin',
    summary: 'Who changed what, newest first',
    access: 'audit.read',
    query: z.strictObject({ ...filters, ...listQuery }),
    responses: { 200: listOf(AuditEntry) },
  }),
  exportAudit: defineRoute({
    method: 'GET',
    path: '/admin/audit/export',
    operation: 'exportAudit',
    tag: 'admin',
    summary: 'The same as CSV, oldest first, whole',
    access: 'audit.read',
    query: z.strictObject(filters),
    media: 'text/csv',
    responses: { 200: z.string() },
  }),
};
