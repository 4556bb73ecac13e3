import { z } from 'zod';
import { Instant } from '../common.ts';
import { defineRoute } from '../route.ts';

export const SocketStats = z.object({
  clients: z.int().describe("This tenant's open sockets on this process"),
  channels: z.record(z.string(), z.int()).describe('Subscribers by channel'),
  eventsPerSecond: z.number().describe("This tenant's events of the last 60 s"),
  framesPerSecond: z.number().describe('Frames sent to this tenant in the last 60 s by this process'),
  everywhere: z
    .object({
      processes: z.int().describe('Those that were heard in the last 6 s, this one included'),
      clients: z.int(),
      channels: z.record(z.string(), z.int()),
      framesPerSecond: z.number(),
    })
    .describe('The same over all processes, a moment ago'),
});

export const realtimeRoutes = {
  createRealtimeToken: defineRoute({
    method: 'POST',
    path: '/realtime/token',
    operation: 'createRealtimeToken',
    tag: 'realtime',
    summary: 'A token for one socket address, valid for a minute; it ends with its credential',
    access: 'realtime.read',
    responses: { 201: z.object({ token: z.string(), expiresAt: Instant }) },
    errors: ['SECRET_NOT_REPLAYED'],
  }),
  getSocketStats: defineRoute({
    method: 'GET',
    path: '/realtime/websocket',
    operation: 'getSocketStats',
    tag: 'realtime',
    summary: 'Clients, channels and rates of the socket server',
    access: 'realtime.read',
    responses: { 200: SocketStats },
  }),
};
