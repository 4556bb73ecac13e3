/** A raw WebSocket client: keeps every frame, and knows how to come again where it stood. */
import type { EventFrame, SubscribedFrame } from '@tradepost/contracts';
import { WebSocket } from 'ws';
import { atEnd } from './lifetime.ts';
import { until } from './wait.ts';

export type FeedMessage = Record<string, unknown> & { type: string };

/** An upgrade that was answered by plain HTTP. */
export interface Refusal {
  status: number;
  body: { code?: string; detail?: string; requestId?: string };
}

export class Feed {
  readonly socket: WebSocket;
  /** Everything received, in order; what is no JSON as `{type: 'text', text}`. */
  readonly messages: FeedMessage[] = [];
  closed: { code: number; reason: string } | null = null;

  private constructor(socket: WebSocket, onMessage?: (message: FeedMessage) => void) {
    this.socket = socket;
    socket.on('message', (data) => {
      const text = String(data);
      const message: FeedMessage = text.startsWith('{') ? JSON.parse(text) : { type: 'text', text };
      this.messages.push(message);
      onMessage?.(message);
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
  }

  /** @throws Refused when the server answers the upgrade by HTTP; the connection's error when there is none */
  static open(
    url: string,
    headers: Record<string, string> = {},
    onMessage?: (message: FeedMessage) => void,
  ): Promise<Feed> {
    const socket = new WebSocket(url, { headers, handshakeTimeout: 10_000 });
    const feed = new Feed(socket, onMessage);
    atEnd(async () => socket.terminate());
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(feed));
      socket.on('error', reject);
      socket.on('unexpected-response', (_, response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () =>
          reject(new Refused({ status: response.statusCode!, body: JSON.parse(text) })),
        );
      });
    });
  }

  /** What the server says to an upgrade that it must refuse. */
  static async refusal(url: string, headers: Record<string, string> = {}): Promise<Refusal> {
    try {
      const feed = await Feed.open(url, headers);
      feed.socket.terminate();
    } catch (error) {
      if (error instanceof Refused) return error.refusal;
      throw error;
    }
    throw new Error(`The socket ${url} was opened`);
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first message that fits, also one of before. */
  waitFor(what: string, fits: (message: FeedMessage) => boolean, timeoutMs = 15_000): Promise<FeedMessage> {
    return until(what, () => this.messages.find(fits), timeoutMs);
  }

  async subscribed(channel: string): Promise<SubscribedFrame> {
    const frame = await this.waitFor(
      `subscribed to ${channel}`,
      (m) => m.type === 'subscribed' && m.channel === channel,
    );
    return frame as unknown as SubscribedFrame;
  }

  get events(): EventFrame[] {
    return this.messages.filter(isEvent);
  }

  async waitForClose(timeoutMs = 15_000): Promise<{ code: number; reason: string }> {
    return until('the socket to be closed', () => this.closed, timeoutMs);
  }
}

class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(`refused: ${refusal.status} ${JSON.stringify(refusal.body)}`);
    this.refusal = refusal;
  }
}

function isEvent(message: FeedMessage): message is FeedMessage & EventFrame {
  return typeof message.id === 'string';
}

/** A client that is always there: whenever its connection breaks it comes again with the last id it has. */
export class ResumingFeed {
  readonly events: EventFrame[] = [];
  readonly subscriptions: SubscribedFrame[] = [];
  #lastId: string | undefined;
  #stopped = false;
  #feed: Feed | null = null;
  readonly #running: Promise<void>;

  /** @param url without `since` */
  constructor(url: string, headers: Record<string, string>) {
    this.#running = this.#run(url, headers);
    atEnd(() => this.stop());
  }

  get connections(): number {
    return this.subscriptions.length;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#feed?.socket.terminate();
    await this.#running;
  }

  async #run(url: string, headers: Record<string, string>): Promise<void> {
    while (!this.#stopped) {
      const target = new URL(url);
      if (this.#lastId !== undefined) target.searchParams.set('since', this.#lastId);
      try {
        this.#feed = await Feed.open(target.href, headers, (message) => this.#take(message));
        await new Promise((resolve) => this.#feed!.socket.on('close', resolve));
      } catch {
        // Nobody listens at the moment.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  #take(message: FeedMessage): void {
    if (isEvent(message)) {
      this.events.push(message);
      this.#lastId = message.id!;
    } else if (message.type === 'subscribed') {
      const frame = message as unknown as SubscribedFrame;
      this.subscriptions.push(frame);
      this.#lastId = frame.offset;
    }
  }
}
