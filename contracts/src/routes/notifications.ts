import { z } from 'zod';
import { Id, Instant, listOf, listQuery, Sku } from '../common.ts';
import { defineRoute } from '../route.ts';
import { LocationCode } from './inventory.ts';
import { alertKinds } from './stock-alerts.ts';

/** What a notice of each kind carries; its words are made from it in the reader's language. */
export const noticeData = {
  /** Levels that became low or ran out since the notice before. */
  low_stock: z.object({
    low: z.int().describe('Levels that are low'),
    out: z.int().describe('Levels with nothing available'),
    items: z
      .array(
        z.object({
          sku: Sku,
          name: z.string(),
          location: LocationCode,
          kind: z.enum(alertKinds),
          available: z.int(),
        }),
      )
      .describe('The first of them, 5 at most'),
  }),
} as const satisfies Record<string, z.ZodType>;
export type NoticeKind = keyof typeof noticeData;
export type NoticeData<K extends NoticeKind> = z.infer<(typeof noticeData)[K]>;

const notice = {
  id: Id,
  link: z.string().nullable().describe('A path of the console'),
  createdAt: Instant,
  readAt: Instant.nullable(),
};

/** A notice to one person. */
export const Notification = z.discriminatedUnion('kind', [
  z.object({ ...notice, kind: z.literal('low_stock'), data: noticeData.low_stock }),
]);
export type Notification = z.infer<typeof Notification>;

export const MAX_NOTICES_READ = 200;

export const ReadNotifications = z
  .strictObject({
    ids: z.array(Id).min(1).max(MAX_NOTICES_READ).optional(),
    all: z.literal(true).optional(),
  })
  .refine((body) => (body.ids === undefined) !== (body.all === undefined), {
    message: 'must name either `ids` or `all`',
  });

export const notificationRoutes = {
  listNotifications: defineRoute({
    method: 'GET',
    path: '/notifications',
    operation: 'listNotifications',
    tag: 'account',
    summary: "One's own notices in this tenant: unread ones first, the newest before the others",
    access: 'signed-in',
    query: z.strictObject({ ...listQuery }),
    responses: { 200: listOf(Notification).extend({ unread: z.int() }) },
  }),
  readNotifications: defineRoute({
    method: 'POST',
    path: '/notifications/read',
    operation: 'readNotifications',
    tag: 'account',
    summary: "Mark one's own notices as read; those of others and read ones are left alone",
    access: 'signed-in',
    body: ReadNotifications,
    responses: { 200: z.object({ unread: z.int().describe('That are left') }) },
  }),
};
