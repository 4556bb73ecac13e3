/**
 * One raw WebSocket.
 *
 * Invariants
 *   * What waits for the peer is bounded: past `maxQueuedBytes` or `maxQueuedFrames` it is dropped at once, and its memory
 *     is free after `closeGraceMs` even when it never reads again.
 *   * Nothing a peer sends throws here: it is answered, or the socket is closed with a documented code.
 *   * Frames of one turn of the event loop leave in one system call.
 */
import type { Duplex } from 'node:stream';
import {
  type Channel,
  ClientMessage,
  type CloseReason,
  channels,
  closeCodes,
  type ErrorCode,
  type ErrorFrame,
  type SubscribedFrame,
  type UnsubscribedFrame,
} from '@tradepost/contracts';
import { type RawData, WebSocket } from 'ws';
import type { Credential } from '#platform/http';
import { isChannel } from './admission.ts';
import type { Frame } from './frame.ts';
import type { Hub, Sink, Subscriber } from './hub.ts';

export const maxMessageBytes = 64 * 1024;

/** `ws` closes an oversized message with 1009; ours says that coming again with the same will not help. */
export class ClientWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code === 1009) super.close(closeCodes.MESSAGE_TOO_LARGE.code, closeCodes.MESSAGE_TOO_LARGE.meaning);
    else super.close(code, reason);
  }
}

export interface ClientLimits {
  /** Between two pings; a peer that has not answered by the next one is gone. */
  heartbeatMs: number;
  maxQueuedBytes: number;
  maxQueuedFrames: number;
  maxMessagesPerSecond: number;
  /** How long a peer may take to read what is queued after it fell behind, while it catches up on history. */
  drainMs: number;
  /** How long a peer may take over the closing handshake. */
  closeGraceMs: number;
}

export const defaultLimits: ClientLimits = {
  heartbeatMs: 30_000,
  maxQueuedBytes: 1024 * 1024,
  maxQueuedFrames: 1000,
  maxMessagesPerSecond: 50,
  drainMs: 10_000,
  closeGraceMs: 2000,
};

const textFrame = { binary: false, compress: false };

export class Client implements Sink {
  readonly credential: Credential;
  readonly subscriber: Subscriber;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #limits: ClientLimits;
  readonly #heartbeat: NodeJS.Timeout;
  #answered = true;
  #queuedFrames = 0;
  #corked = false;
  #allowance: number;
  #allowanceAt = performance.now();
  #closedFor: CloseReason | undefined;

  constructor(options: {
    ws: WebSocket;
    /** The connection under `ws`. */
    socket: Duplex;
    credential: Credential;
    hub: Hub;
    limits: ClientLimits;
  }) {
    this.#ws = options.ws;
    this.#socket = options.socket;
    this.credential = options.credential;
    this.#limits = options.limits;
    this.#allowance = options.limits.maxMessagesPerSecond;
    const { tenantId, permissions } = options.credential;
    this.subscriber = options.hub.join({ tenantId, permissions, sink: this });
    this.#ws.on('message', (data, isBinary) => this.#receive(data, isBinary));
    this.#ws.on('ping', () => this.#countMessage());
    this.#ws.on('pong', () => {
      this.#answered = true;
    });
    // Every error is followed by `close`.
    this.#ws.on('error', () => {});
    this.closed = new Promise((resolve) => this.#ws.on('close', () => resolve()));
    void this.closed.then(() => {
      clearInterval(this.#heartbeat);
      this.subscriber.leave();
    });
    this.#heartbeat = setInterval(() => this.#beat(), options.limits.heartbeatMs);
  }

  /** Why this side closed it; undefined while open, or when the peer did. */
  get closedFor(): CloseReason | undefined {
    return this.#closedFor;
  }

  event(frame: Frame): void {
    this.#send(frame.bytes);
  }

  subscribed(channel: Channel, offset: string, recovered: boolean): void {
    this.sendJson({ type: 'subscribed', channel, offset, recovered } satisfies SubscribedFrame);
  }

  async drained(): Promise<boolean> {
    this.#flush();
    if (this.#socket.writableNeedDrain) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.#socket.off('drain', done).off('close', done);
          resolve();
        };
        const timer = setTimeout(() => {
          this.close('SLOW_CLIENT');
          done();
        }, this.#limits.drainMs);
        this.#socket.on('drain', done).on('close', done);
      });
    }
    return this.#ws.readyState === WebSocket.OPEN;
  }

  lost(): void {
    this.close('RESYNC');
  }

  sendJson(message: object): void {
    this.#send(JSON.stringify(message));
  }

  /** Ends it with a documented code. From here on it gets nothing more. */
  close(reason: CloseReason): void {
    if (this.#closedFor !== undefined || this.#ws.readyState !== WebSocket.OPEN) return;
    this.#closedFor = reason;
    this.subscriber.leave();
    clearInterval(this.#heartbeat);
    const { code, meaning } = closeCodes[reason];
    this.#ws.close(code, meaning);
    setTimeout(() => this.#ws.terminate(), this.#limits.closeGraceMs).unref();
  }

  #send(data: Buffer | string): void {
    if (this.#closedFor !== undefined || this.#ws.readyState !== WebSocket.OPEN) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => this.#flush());
    }
    this.#queuedFrames++;
    this.#ws.send(data, textFrame, this.#sent);
  }

  #sent = (): void => {
    this.#queuedFrames--;
  };

  /** Measured after the kernel took what it could, so a burst within one turn does not count as slowness. */
  #flush(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
    const { maxQueuedBytes, maxQueuedFrames } = this.#limits;
    if (this.#ws.bufferedAmount > maxQueuedBytes || this.#queuedFrames > maxQueuedFrames) {
      this.close('SLOW_CLIENT');
    }
  }

  #beat(): void {
    if (this.#answered) this.#ws.ping();
    else this.close('HEARTBEAT_LOST');
    this.#answered = false;
  }

  /** False when the peer sends too much, and is closed for it. Allows a second's worth at once. */
  #countMessage(): boolean {
    const { maxMessagesPerSecond } = this.#limits;
    const now = performance.now();
    const earned = ((now - this.#allowanceAt) * maxMessagesPerSecond) / 1000;
    this.#allowance = Math.min(maxMessagesPerSecond, this.#allowance + earned) - 1;
    this.#allowanceAt = now;
    if (this.#allowance >= 0) return true;
    this.close('FLOOD');
    return false;
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#closedFor !== undefined || !this.#countMessage()) return;
    const text = isBinary ? '' : data.toString();
    if (text === 'ping') this.#send('pong');
    else {
      const answer = this.#act(text);
      if (answer !== undefined) this.sendJson(answer);
    }
  }

  /** What the peer is told at once; a subscription answers for itself. */
  #act(text: string): UnsubscribedFrame | ErrorFrame | undefined {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      return refusal('MALFORMED_JSON', 'Send the text `ping` or one JSON object with an `action`, as text.');
    }
    const parsed = ClientMessage.safeParse(json);
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      return refusal('VALIDATION_FAILED', `${issue.path.join('.') || 'message'}: ${issue.message}`);
    }
    const { action, channel } = parsed.data;
    if (!isChannel(channel)) {
      return refusal('NOT_FOUND', `There is no such channel; there are ${Object.keys(channels).join(', ')}.`);
    }
    if (action === 'unsubscribe') {
      this.subscriber.unsubscribe(channel);
      return { type: 'unsubscribed', channel };
    }
    if (!this.subscriber.may(channel)) {
      return refusal('FORBIDDEN', `The channel ${channel} needs the permission ${channels[channel]}.`);
    }
    this.subscriber.subscribe(channel, parsed.data.since);
    return undefined;
  }
}

function refusal(code: ErrorCode, detail: string): ErrorFrame {
  return { type: 'error', code, detail: detail.slice(0, 300) };
}
