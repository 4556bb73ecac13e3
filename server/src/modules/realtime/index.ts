/** Realtime: the hub over the event log, the raw WebSocket, tokens for it, and its description. */
import type { Server } from 'node:http';
import { realtimeRoutes, type SocketStats } from '@tradepost/contracts';
import type { z } from 'zod';
import type { Clock } from '#platform/clock';
import type { Database } from '#platform/db';
import type { Tail } from '#platform/events';
import {
  type Authenticate,
  type Credential,
  type PartState,
  type PeerGate,
  route,
  withIdempotency,
} from '#platform/http';
import type { ModuleManifest } from '#platform/module';
import { asyncApiDocument } from './asyncapi.ts';
import { type ClientLimits, defaultLimits } from './client.ts';
import { createHistory } from './history.ts';
import { Hub } from './hub.ts';
import { startPresence } from './presence.ts';
import { SocketServer } from './server.ts';

export { asyncApiDocument, eventsReference } from './asyncapi.ts';

/** What this module needs to know about people and programs. */
interface RealtimeIdentity {
  authenticate: Authenticate;
  /** The live credential a token was issued to; null when it is not ours, too old, or its credential has ended. */
  verifyRealtimeToken(token: string, beforeReading?: () => Promise<void>): Promise<Credential | null>;
  issueRealtimeToken(credential: Credential): Promise<{ token: string; expiresAt: Date }>;
  /** The ids among these that have ended, asked of the database itself. */
  findEndedCredentials(credentials: readonly Credential[]): Promise<ReadonlySet<string>>;
  /** Calls back with `session:<id>`, `key:<id>` or `member:<user>:<tenant>`. Returns the function that ends it. */
  onCredentialEnded(listener: (ended: string) => void): () => void;
}

export interface RealtimeDeps {
  db: Database;
  clock: Clock;
  /** Started before the first socket is opened. */
  tail: Tail;
  /** Of the log: `loadEpoch`. */
  epoch: string;
  identity: RealtimeIdentity;
  /** First frame of `/ws/orders`. */
  orderStatistics(tenantId: string): Promise<Record<string, unknown>>;
  /** Origins beside the server's own whose pages may open sockets by a session cookie. */
  allowedOrigins: readonly string[];
  /** WEBSOCKET_MAX_CLIENTS */
  maxClients: number;
  /** WEBSOCKET_HEARTBEAT_INTERVAL */
  heartbeatMs: number;
  /** INVENTORY_ENABLE_REALTIME: whether sockets are told of stock. */
  inventoryEnabled: boolean;
  onError(error: Error): void;
  limits?: Partial<ClientLimits>;
  /** How often the state of every credential in use is asked for; a revocation holds within 5 s. */
  recheckMs?: number;
  stopSpreadMs?: number;
}

interface RealtimeStats {
  clients: number;
  framesSent: number;
  slowClients: number;
  /** How long committed events have waited to be handed out. */
  lagSeconds: number;
}

export interface RealtimeModule extends ModuleManifest {
  /** Serves `/ws…` on this HTTP server. */
  attach(server: Server, peers: PeerGate): void;
  /** Closes every socket with 4000 and waits for them. Call it before the HTTP server is closed. */
  stop(): Promise<void>;
  /** Of this process, over all tenants. */
  stats(): RealtimeStats;
  /** For one tenant: what `GET /realtime/websocket` answers. */
  statsOf(tenantId: string): z.infer<typeof SocketStats>;
}

export function createRealtimeModule(deps: RealtimeDeps): RealtimeModule {
  const { db, tail, identity } = deps;
  const hub = new Hub({
    feed: tail,
    epoch: deps.epoch,
    history: createHistory({ db }),
    silent: new Set(deps.inventoryEnabled ? [] : ['inventory']),
  });
  const presence = startPresence({ bus: db.bus, read: () => hub.stats() });
  hub.onChange = presence.changed;
  const sockets = new SocketServer({
    hub,
    limits: { ...defaultLimits, ...deps.limits, heartbeatMs: deps.heartbeatMs },
    maxClients: deps.maxClients,
    allowedOrigins: deps.allowedOrigins,
    orderStatistics: deps.orderStatistics,
    authenticate: (headers, beforeReading) => identity.authenticate(headers, beforeReading),
    verifyRealtimeToken: (token, beforeReading) => identity.verifyRealtimeToken(token, beforeReading),
    findEndedCredentials: (credentials) => identity.findEndedCredentials(credentials),
    onCredentialEnded: (listener) => identity.onCredentialEnded(listener),
    findTenantSlug: (tenantId) => findTenantSlug(db, tenantId),
    now: () => deps.clock.now(),
    onError: deps.onError,
    recheckMs: deps.recheckMs ?? 3000,
    stopSpreadMs: deps.stopSpreadMs ?? 500,
  });
  const stats = (): RealtimeStats => ({
    clients: sockets.clientCount,
    framesSent: hub.framesSent,
    slowClients: sockets.slowCount,
    lagSeconds: tail.lag.seconds,
  });

  function statsOf(tenantId: string): z.infer<typeof SocketStats> {
    const own = hub.statsOf(tenantId);
    const others = presence.others(tenantId);
    const channels = { ...own.channels };
    let { clients, framesPerSecond } = own;
    for (const theirs of others.figures) {
      clients += theirs.clients;
      framesPerSecond += theirs.framesPerSecond;
      for (const [channel, count] of Object.entries(theirs.channels))
        channels[channel] = (channels[channel] ?? 0) + count;
    }
    return { ...own, everywhere: { processes: others.processes + 1, clients, channels, framesPerSecond } };
  }

  return {
    name: 'realtime',
    routes: [
      route(realtimeRoutes.createRealtimeToken, async ({ ctx, request }) =>
        withIdempotency(db, ctx, request, realtimeRoutes.createRealtimeToken.operation, async () => {
          const { token, expiresAt } = await identity.issueRealtimeToken(ctx.credential);
          // A repeat is told the credential that the token was made for.
          const secretId = ctx.credential.id.slice(ctx.credential.id.indexOf(':') + 1);
          return { status: 201, body: { token, expiresAt: expiresAt.toISOString() }, secretId };
        }),
      ),
      route(
        realtimeRoutes.getSocketStats,
        async ({ ctx }) => ({ status: 200, body: statsOf(ctx.tenantId) }),
        { aliases: ['/ws-stats'] },
      ),
    ],
    healthParts: {
      sockets: async (): Promise<PartState> => ({ status: 'ok', open: sockets.clientCount }),
    },
    documents: { '/asyncapi.json': asyncApiDocument },
    attach: (server, peers) => sockets.attach(server, peers),
    async stop() {
      await sockets.stop();
      hub.stop();
      presence.stop();
    },
    stats,
    statsOf,
  };
}

async function findTenantSlug(db: Database, tenantId: string): Promise<string | null> {
  return db.withTenant({ tenantId, actor: 'system' }, async (tx) => {
    const row = await tx.maybeOne<{ slug: string }>('select slug from auth.organization where id = $1', [
      tenantId,
    ]);
    return row?.slug ?? null;
  });
}
