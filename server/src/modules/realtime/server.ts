/**
 * The raw WebSocket face: admits, keeps and ends the sockets of this process.
 *
 * A credential that ends closes its sockets twice over: at once by the event in the log, and at the latest by asking for
 * the state of every credential in use each `recheckMs`, which holds also while the log is held up.
 *
 * One tenant alone may have every place. When they are all taken, a tenant that has fewer than another gets one of that
 * other's, the newest of whoever has most, so under a crowd the places end up evenly shared and nobody is shut out.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { EventFrame } from '@tradepost/contracts';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Credential, HttpProblem, type PeerGate, problem, rawProblem } from '#platform/http';
import { type Admission, type AdmissionDeps, admit } from './admission.ts';
import { Client, type ClientLimits, ClientWebSocket, maxMessageBytes } from './client.ts';
import type { Hub } from './hub.ts';

export interface SocketServerDeps extends AdmissionDeps {
  hub: Hub;
  limits: ClientLimits;
  maxClients: number;
  /** What a socket of `/ws/orders` is told first. */
  orderStatistics(tenantId: string): Promise<Record<string, unknown>>;
  /** The ids among these that have ended. */
  findEndedCredentials(credentials: readonly Credential[]): Promise<ReadonlySet<string>>;
  /** Calls back with `session:<id>`, `key:<id>` or `member:<user>:<tenant>`. */
  onCredentialEnded(listener: (ended: string) => void): () => void;
  now(): Date;
  onError(error: Error): void;
  recheckMs: number;
  /** Over how long the sockets are closed when the server stops, so that clients do not come back all at once. */
  stopSpreadMs: number;
}

export class SocketServer {
  readonly #deps: SocketServerDeps;
  readonly #clients = new Set<Client>();
  /** Those that have a place, in the order they came; one that is being closed has none. */
  readonly #places = new Map<string, Set<Client>>();
  readonly #wss: WebSocketServer;
  readonly #endings: (() => void)[] = [];
  /** Being admitted. */
  #arriving = 0;
  #stopping = false;
  #slow = 0;
  #rechecking = false;

  constructor(deps: SocketServerDeps) {
    this.#deps = deps;
    this.#wss = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: maxMessageBytes,
      WebSocket: ClientWebSocket,
    });
    this.#wss.on('wsClientError', (error, socket) => refuse(socket, problem('BAD_REQUEST', error.message)));
    this.#endings.push(deps.onCredentialEnded((ended) => this.#endCredential(ended)));
    const timer = setInterval(() => void this.#recheck(), deps.recheckMs);
    this.#endings.push(() => clearInterval(timer));
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** Sockets dropped because their peer did not read. */
  get slowCount(): number {
    return this.#slow;
  }

  /** Serves `/ws…` of this HTTP server; other upgrades are left to its other listeners. */
  attach(server: Server, peers: PeerGate): void {
    const listener = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      const path = (request.url ?? '').split('?', 1)[0]!;
      if (path === '/ws' || path.startsWith('/ws/')) void this.#upgrade(request, socket, head, peers);
      else if (server.listenerCount('upgrade') === 1) {
        socket.on('error', () => {});
        refuse(socket, problem('NOT_FOUND', 'There is no socket at this path.'));
      }
    };
    server.on('upgrade', listener);
    this.#endings.push(() => server.off('upgrade', listener));
  }

  /** Tells every client to come again, spread over a moment, and waits until they are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const end of this.#endings.splice(0)) end();
    const { stopSpreadMs } = this.#deps;
    await Promise.all(
      [...this.#clients].map(async (client) => {
        await wait(Math.random() * stopSpreadMs);
        client.close('SERVER_STOPPING');
        await client.closed;
      }),
    );
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, peers: PeerGate): Promise<void> {
    const onError = (): void => void socket.destroy();
    socket.on('error', onError);
    this.#arriving++;
    try {
      if (this.#stopping) throw busy('The server stops; connect again in a moment.');
      const { maxClients } = this.#deps;
      if (this.#arriving > maxClients) throw busy(`More than ${maxClients} sockets are being opened.`);
      const admission = await admit(request, peers, this.#deps);
      if (socket.destroyed) return;
      // From here to the open socket nothing waits, so no other takes the place.
      this.#makeRoom(admission.credential.tenantId);
      socket.off('error', onError);
      this.#wss.handleUpgrade(request, socket, head, (ws) => this.#open(ws, socket, admission));
    } catch (error) {
      if (!(error instanceof HttpProblem)) this.#deps.onError(error as Error);
      refuse(
        socket,
        error instanceof HttpProblem ? error : problem('INTERNAL_ERROR', 'The socket could not be opened.'),
      );
    } finally {
      this.#arriving--;
    }
  }

  /** @throws HttpProblem OVERLOADED when every place is taken and none is due to this tenant */
  #makeRoom(tenantId: string): void {
    const { maxClients } = this.#deps;
    let taken = 0;
    let most = new Set<Client>();
    for (const clients of this.#places.values()) {
      taken += clients.size;
      if (clients.size > most.size) most = clients;
    }
    if (taken < maxClients) return;
    const own = this.#places.get(tenantId)?.size ?? 0;
    if (most.size <= own + 1) throw busy(`The server has its maximum of ${maxClients} sockets.`);
    const newest = [...most].at(-1)!;
    this.#giveUpPlace(newest);
    newest.close('TOO_MANY_CLIENTS');
  }

  #giveUpPlace(client: Client): void {
    const { tenantId } = client.credential;
    const clients = this.#places.get(tenantId);
    clients?.delete(client);
    if (clients?.size === 0) this.#places.delete(tenantId);
  }

  #open(ws: WebSocket, socket: Duplex, admission: Admission): void {
    const { hub, limits } = this.#deps;
    const { credential, channel, since } = admission;
    const client = new Client({
      ws,
      socket,
      credential,
      hub,
      limits,
    });
    this.#clients.add(client);
    const { tenantId } = credential;
    this.#places.set(tenantId, (this.#places.get(tenantId) ?? new Set()).add(client));
    void client.closed.then(() => {
      this.#clients.delete(client);
      this.#giveUpPlace(client);
      if (client.closedFor === 'SLOW_CLIENT') this.#slow++;
    });
    if (this.#stopping) client.close('SERVER_STOPPING');
    else if (admission.statisticsFirst) void this.#tellStatistics(client, admission);
    else client.subscriber.subscribe(channel, since);
  }

  /** The subscription begins where the log stood before the figures were taken, so each order is in them or follows; some do both. */
  async #tellStatistics(client: Client, { credential, channel, since }: Admission): Promise<void> {
    const from = since ?? this.#deps.hub.offset;
    try {
      const data = await this.#deps.orderStatistics(credential.tenantId);
      const timestamp = this.#deps.now().toISOString();
      client.sendJson({ id: null, channel, type: 'live_data_update', data, timestamp } satisfies EventFrame);
      client.subscriber.subscribe(channel, from);
    } catch (error) {
      this.#deps.onError(error as Error);
      client.close('RESYNC');
    }
  }

  #endCredential(ended: string): void {
    for (const client of this.#clients) {
      const { id, userId, tenantId } = client.credential;
      if (ended === id || ended === `member:${userId}:${tenantId}`) client.close('CREDENTIAL_ENDED');
    }
  }

  async #recheck(): Promise<void> {
    if (this.#rechecking || this.#clients.size === 0) return;
    this.#rechecking = true;
    try {
      const inUse = new Map<string, Credential>();
      for (const { credential } of this.#clients) inUse.set(credential.id, credential);
      const ended = await this.#deps.findEndedCredentials([...inUse.values()]);
      const now = this.#deps.now();
      for (const client of this.#clients) {
        const { id, expiresAt } = client.credential;
        if (ended.has(id) || (expiresAt !== null && expiresAt <= now)) client.close('CREDENTIAL_ENDED');
      }
    } catch (error) {
      // Asked again in a moment; an outage of the database must not throw everybody out.
      this.#deps.onError(error as Error);
    } finally {
      this.#rechecking = false;
    }
  }
}

function busy(detail: string): HttpProblem {
  return problem('OVERLOADED', detail, { retryAfterSeconds: 5 });
}

/** Answers the handshake as plain HTTP and ends the connection. */
function refuse(socket: Duplex, failure: HttpProblem): void {
  socket.end(rawProblem(failure));
  // A peer that never closes its side would keep the connection.
  setTimeout(() => socket.destroy(), 2000).unref();
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
