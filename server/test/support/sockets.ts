/** The realtime module on a real HTTP server, with people and programs made up by the test; and a client that remembers. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { allPermissions, type Permission } from '@tradepost/contracts';
import { type ClientOptions, WebSocket } from 'ws';
import type { TenantContext } from '#platform/db';
import { loadEpoch, Tail } from '#platform/events';
import type { Credential, PeerGate } from '#platform/http';
import {
  createRealtimeModule,
  type RealtimeDeps,
  type RealtimeModule,
} from '../../src/modules/realtime/index.ts';
import { newId } from '../../src/platform/crypto/index.ts';
import type { TestDatabase } from './database.ts';

class FakeIdentity {
  readonly keys = new Map<string, Credential>();
  readonly cookies = new Map<string, Credential>();
  readonly tokens = new Map<string, Credential>();
  /** Ended, but not announced. */
  readonly endedIds = new Set<string>();
  #listeners = new Set<(ended: string) => void>();

  addKey(tenant: TenantContext, permissions: readonly Permission[] = allPermissions): string {
    const id = newId();
    this.keys.set(`Bearer tp_${id}`, {
      id: `key:${id}`,
      tenantId: tenant.tenantId,
      actor: `key:${id}`,
      permissions: new Set(permissions),
      userId: null,
      role: null,
      expiresAt: null,
    });
    return `tp_${id}`;
  }

  announceEnd(ended: string): void {
    for (const listener of this.#listeners) listener(ended);
  }

  async authenticate(headers: { authorization?: string; cookie?: string }): Promise<Credential | null> {
    return this.keys.get(headers.authorization ?? '') ?? this.cookies.get(headers.cookie ?? '') ?? null;
  }
  async verifyRealtimeToken(token: string): Promise<Credential | null> {
    return this.tokens.get(token) ?? null;
  }
  async issueRealtimeToken(credential: Credential): Promise<{ token: string; expiresAt: Date }> {
    const token = newId();
    this.tokens.set(token, credential);
    return { token, expiresAt: new Date(Date.now() + 60_000) };
  }
  async findEndedCredentials(): Promise<ReadonlySet<string>> {
    return this.endedIds;
  }
  onCredentialEnded(listener: (ended: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export interface RunningRealtime {
  module: RealtimeModule;
  identity: FakeIdentity;
  tail: Tail;
  epoch: string;
  /** `127.0.0.1:port` */
  host: string;
  errors: Error[];
  connect(path: string, options?: ClientOptions & { key?: string }): TestSocket;
  stop(): Promise<void>;
}

const openGate: PeerGate = { find: (_, find) => find(async () => {}) };

export async function startRealtime(
  test: TestDatabase,
  { peers = openGate, ...options }: Partial<RealtimeDeps> & { peers?: PeerGate } = {},
): Promise<RunningRealtime> {
  const errors: Error[] = [];
  const identity = new FakeIdentity();
  const tail = new Tail({ url: test.url, bus: test.bus, onError: (error) => errors.push(error) });
  await tail.start();
  const epoch = await test.db.asSystem('test epoch', (tx) => loadEpoch(tx));
  const module = createRealtimeModule({
    inventoryEnabled: true,
    db: test.db,
    clock: test.db.clock,
    tail,
    epoch,
    identity,
    orderStatistics: async () => ({ ordersToday: 0 }),
    allowedOrigins: ['https://console.example'],
    maxClients: 1000,
    heartbeatMs: 30_000,
    stopSpreadMs: 10,
    onError: (error) => errors.push(error),
    ...options,
  });
  const server = createServer();
  module.attach(server, peers);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    module,
    identity,
    tail,
    epoch,
    host,
    errors,
    connect(path, { key, ...rest } = {}) {
      const headers = { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...rest.headers };
      return new TestSocket(`ws://${host}${path}`, { ...rest, headers });
    },
    async stop() {
      await module.stop();
      server.close();
      await tail.stop();
    },
  };
}

export interface AnyFrame {
  id?: string | null;
  channel?: string;
  type: string;
  data?: Record<string, unknown>;
  timestamp?: string;
  offset?: string;
  recovered?: boolean;
  code?: string;
  detail?: string;
}

/** A client that keeps all it was sent. */
export class TestSocket {
  readonly ws: WebSocket;
  readonly frames: AnyFrame[] = [];
  /** Those that carry events of the log. */
  readonly events: AnyFrame[] = [];
  readonly texts: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  /** The handshake's refusal. */
  readonly refused: Promise<{
    status: number;
    body: Record<string, unknown>;
    headers: Record<string, unknown>;
  }>;
  #waiting = new Set<() => void>();

  constructor(url: string, options: ClientOptions) {
    this.ws = new WebSocket(url, options);
    this.ws.on('error', () => {});
    this.ws.on('message', (data) => {
      const text = data.toString();
      this.texts.push(text);
      if (text.startsWith('{')) {
        const frame = JSON.parse(text) as AnyFrame;
        this.frames.push(frame);
        if (typeof frame.id === 'string') this.events.push(frame);
      }
      for (const look of this.#waiting) look();
    });
    this.closed = new Promise((resolve) => {
      this.ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.refused = new Promise((resolve) => {
      this.ws.on('unexpected-response', async (_, response) => {
        let body = '';
        for await (const chunk of response) body += chunk;
        resolve({ status: response.statusCode!, body: JSON.parse(body), headers: response.headers });
      });
    });
  }

  /** Resolves once `seen` gives something other than undefined or false; asked again at each message. */
  until<T>(seen: () => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = seen();
        if (found === undefined || found === false) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** The nth frame (from 0) of a type, now or when it comes. */
  frame(type: string, nth = 0): Promise<AnyFrame> {
    return this.until(() => this.frames.filter((f) => f.type === type)[nth]);
  }

  send(message: object | string): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }
}
