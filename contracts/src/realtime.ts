/** Messages of the raw WebSocket, in both directions, and its close codes. */
import { z } from 'zod';
import { Instant } from './common.ts';

/** A frame that carries an event. `id` is the offset to resume after. `live_data_update` frames have no id: they are not stored. */
export const EventFrame = z.object({
  id: z.string().nullable(),
  channel: z.string(),
  type: z.string(),
  data: z.unknown(),
  timestamp: Instant,
});
export type EventFrame = z.infer<typeof EventFrame>;

/** `offset`: where the subscription stands. `recovered: false` says that something was missed: reload, then go on from `offset`. */
export const SubscribedFrame = z.object({
  type: z.literal('subscribed'),
  channel: z.string(),
  offset: z.string(),
  recovered: z.boolean(),
});
export type SubscribedFrame = z.infer<typeof SubscribedFrame>;
export const UnsubscribedFrame = z.object({ type: z.literal('unsubscribed'), channel: z.string() });
export type UnsubscribedFrame = z.infer<typeof UnsubscribedFrame>;
export const ErrorFrame = z.object({ type: z.literal('error'), code: z.string(), detail: z.string() });
export type ErrorFrame = z.infer<typeof ErrorFrame>;

export const ClientMessage = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('subscribe'),
    channel: z.string().min(1).max(100),
    since: z.string().max(200).optional(),
  }),
  z.strictObject({ action: z.literal('unsubscribe'), channel: z.string().min(1).max(100) }),
]);
export type ClientMessage = z.infer<typeof ClientMessage>;

/** 4000–4499: reconnect and resume. 4500–4999: do not reconnect with the same credential. */
export const closeCodes = {
  SERVER_STOPPING: { code: 4000, meaning: 'The server stops or restarts; reconnect and resume' },
  SLOW_CLIENT: { code: 4001, meaning: 'The client did not read fast enough; reconnect and resume' },
  HEARTBEAT_LOST: { code: 4002, meaning: 'No pong within the heartbeat interval; reconnect and resume' },
  TOO_MANY_CLIENTS: {
    code: 4003,
    meaning: 'The server is full and gives this place to a tenant that has fewer; reconnect later',
  },
  RESYNC: { code: 4004, meaning: 'The server lost its place in the log; reconnect and resume' },
  CREDENTIAL_ENDED: { code: 4500, meaning: 'The session, key or role behind the socket was revoked' },
  MESSAGE_TOO_LARGE: { code: 4501, meaning: 'A message was larger than 64 KiB' },
  FLOOD: { code: 4502, meaning: 'Too many messages in too short a time' },
} as const;
export type CloseReason = keyof typeof closeCodes;
