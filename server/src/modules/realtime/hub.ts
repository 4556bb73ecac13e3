/**
 * The hub: one per process, between the tail of the log and the sockets of this process.
 *
 * Invariants
 *   * A subscriber is in the audience of exactly the event channels it may read and asked for; `all` stands for every one
 *     its permissions allow. An audience is a set, so an event reaches a subscriber once, however many of its
 *     subscriptions cover it.
 *   * Joining an audience and noting the hub's position are one synchronous step. Every event at or below that position
 *     can be read from the table; every one above it will arrive live.
 *   * While a subscriber catches up, what arrives live is held back and follows the history, so a resume has neither a
 *     gap nor a double, and its events come in the order of the log.
 *   * `subscribed` is said before the subscription's first event. Its offset never lies above an event still to come.
 *   * Nothing here waits for a socket: a sink either takes a frame at once or drops its peer.
 *   * The audience is keyed by tenant first. There is no call that reaches two tenants.
 */
import { type Channel, channels, type EventChannel, type Permission } from '@tradepost/contracts';
import { comparePositions, formatOffset, type LogEvent, type Position, parseOffset } from '#platform/events';
import { Frame } from './frame.ts';
import type { History } from './history.ts';
import { Rate, steadySecond } from './rates.ts';

const eventChannels = Object.keys(channels).filter((c): c is EventChannel => c !== 'all');

/** More than this behind its history, a subscriber is quicker by coming again. */
const maxHeldFrames = 10_000;

/** The tail, as far as the hub needs it. */
export interface LogFeed {
  readonly position: Position;
  subscribe(listener: (events: LogEvent[]) => void): () => void;
}

/** Where a subscriber's frames go: a face over the hub, such as the raw WebSocket. None of these may throw. */
export interface Sink {
  event(frame: Frame): void;
  /** Said once per subscription. `recovered: false`: events before `offset` may have been missed. */
  subscribed(channel: Channel, offset: string, recovered: boolean): void;
  /** Resolves when the peer has taken what it was sent; false when it is gone. */
  drained(): Promise<boolean>;
  /** It cannot be told everything in order any more and must connect again. */
  lost(): void;
}

export interface Listener {
  tenantId: string;
  permissions: ReadonlySet<Permission>;
  sink: Sink;
}

interface TenantAudience {
  byChannel: Map<EventChannel, Set<Subscriber>>;
  subscribers: Set<Subscriber>;
}

/** What one process has of a tenant. */
export interface TenantFigures {
  clients: number;
  /** Subscribers by channel. */
  channels: Record<string, number>;
  framesPerSecond: number;
}

interface TenantRates {
  events: Rate;
  frames: Rate;
}

export class Hub {
  readonly epoch: string;
  readonly history: History;
  /** Channels that may be subscribed to and say nothing, by the operator's wish. */
  readonly silent: ReadonlySet<EventChannel>;
  /** Called when a subscriber comes, goes, or subscribes to something else. */
  onChange: (() => void) | undefined;
  readonly #feed: LogFeed;
  readonly #audiences = new Map<string, TenantAudience>();
  readonly #rates = new Map<string, TenantRates>();
  readonly #unsubscribe: () => void;
  #last: Position | undefined;
  #frames = 0;

  constructor(deps: {
    feed: LogFeed;
    epoch: string;
    history: History;
    silent?: ReadonlySet<EventChannel>;
  }) {
    this.#feed = deps.feed;
    this.silent = deps.silent ?? new Set();
    this.epoch = deps.epoch;
    this.history = deps.history;
    this.#unsubscribe = deps.feed.subscribe((events) => this.#dispatch(events));
  }

  /** The last event handed out here. */
  get position(): Position {
    return this.#last ?? this.#feed.position;
  }

  /** The same as clients hold it. */
  get offset(): string {
    return formatOffset(this.epoch, this.position);
  }

  /** Frames handed to sinks since the start. */
  get framesSent(): number {
    return this.#frames;
  }

  /** A subscriber without subscriptions yet. */
  join(listener: Listener): Subscriber {
    const audience = this.#audiences.get(listener.tenantId) ?? {
      byChannel: new Map(),
      subscribers: new Set(),
    };
    this.#audiences.set(listener.tenantId, audience);
    const subscriber = new Subscriber(this, listener, (channel, wanted) => {
      const members = audience.byChannel.get(channel) ?? new Set();
      audience.byChannel.set(channel, members);
      if (wanted) members.add(subscriber);
      else members.delete(subscriber);
    });
    audience.subscribers.add(subscriber);
    this.onChange?.();
    return subscriber;
  }

  leave(subscriber: Subscriber): void {
    this.onChange?.();
    const audience = this.#audiences.get(subscriber.tenantId);
    audience?.subscribers.delete(subscriber);
    if (audience?.subscribers.size === 0) this.#audiences.delete(subscriber.tenantId);
  }

  /** Figures of one tenant on this process; rates over the last 60 s. */
  statsOf(tenantId: string): TenantFigures & { eventsPerSecond: number } {
    const subscribers = this.#audiences.get(tenantId)?.subscribers ?? new Set<Subscriber>();
    const byChannel: Record<string, number> = {};
    for (const subscriber of subscribers) {
      for (const channel of subscriber.channels) byChannel[channel] = (byChannel[channel] ?? 0) + 1;
    }
    const rates = this.#rates.get(tenantId);
    const second = steadySecond();
    return {
      clients: subscribers.size,
      channels: byChannel,
      eventsPerSecond: rates?.events.perSecond(second) ?? 0,
      framesPerSecond: rates?.frames.perSecond(second) ?? 0,
    };
  }

  /** The figures of every tenant that has sockets here. */
  stats(): Record<string, TenantFigures> {
    return Object.fromEntries([...this.#audiences.keys()].map((id) => [id, this.statsOf(id)]));
  }

  stop(): void {
    this.#unsubscribe();
  }

  #dispatch(events: LogEvent[]): void {
    const second = steadySecond();
    for (const event of events) {
      // The tail hands a batch out again when another of its listeners failed over it.
      if (comparePositions(event, this.position) <= 0) continue;
      this.#last = { xact: event.xact, id: event.id };
      if (event.tenantId === null) continue;
      const rates = this.#ratesOf(event.tenantId);
      rates.events.add(1, second);
      const members = this.#audiences.get(event.tenantId)?.byChannel.get(event.channel as EventChannel);
      if (members === undefined || members.size === 0) continue;
      rates.frames.add(members.size, second);
      this.#frames += members.size;
      const frame = new Frame(event, this.epoch);
      for (const member of members) member.take(frame);
    }
  }

  #ratesOf(tenantId: string): TenantRates {
    let rates = this.#rates.get(tenantId);
    if (rates === undefined) {
      rates = { events: new Rate(), frames: new Rate() };
      this.#rates.set(tenantId, rates);
    }
    return rates;
  }
}

/** One socket's place in the hub. Made by `hub.join`. */
export class Subscriber {
  readonly tenantId: string;
  readonly #hub: Hub;
  readonly #permissions: ReadonlySet<Permission>;
  readonly #sink: Sink;
  readonly #setMember: (channel: EventChannel, wanted: boolean) => void;
  /** Each subscription's value is its own, so that a catch-up notices when it was ended or replaced. */
  readonly #subscriptions = new Map<Channel, symbol>();
  #covered = new Set<EventChannel>();
  #held: Frame[] = [];
  #holds = 0;
  #catchUps = Promise.resolve();
  /** A client may come from a process that was ahead of this one: what it has seen is not said again. */
  readonly #floors = new Map<string, Position>();
  #left = false;

  constructor(hub: Hub, listener: Listener, setMember: (channel: EventChannel, wanted: boolean) => void) {
    this.#hub = hub;
    this.tenantId = listener.tenantId;
    this.#permissions = listener.permissions;
    this.#sink = listener.sink;
    this.#setMember = setMember;
  }

  get channels(): Iterable<Channel> {
    return this.#subscriptions.keys();
  }

  may(channel: Channel): boolean {
    return this.#permissions.has(channels[channel]);
  }

  /**
   * Subscribes, and resumes after the offset `since` when there is one. A second subscription to a channel replaces the
   * first. Whoever calls has asked `may`.
   */
  subscribe(channel: Channel, since?: string): void {
    if (this.#left) return;
    const upTo = this.#hub.position;
    const ticket = Symbol(channel);
    this.#subscriptions.set(channel, ticket);
    this.#cover();
    const from = since === undefined ? upTo : parseOffset(this.#hub.epoch, since);
    if (from === null || comparePositions(from, upTo) === 0) {
      this.#sink.subscribed(channel, formatOffset(this.#hub.epoch, upTo), from !== null);
      return;
    }
    const wanted = this.#eventChannels(channel);
    // All that is held lies at or below `upTo`: the history brings it, or the client has it.
    this.#held = this.#held.filter((frame) => !wanted.includes(frame.channel as EventChannel));
    if (comparePositions(from, upTo) > 0) for (const c of wanted) this.#floors.set(c, from);
    const release = this.#hold();
    this.#catchUps = this.#catchUps
      .then(() => this.#catchUp(channel, wanted, ticket, from, upTo))
      .catch(() => this.#sink.lost())
      .finally(release);
  }

  unsubscribe(channel: Channel): void {
    if (!this.#subscriptions.delete(channel)) return;
    this.#cover();
    this.#held = this.#held.filter((frame) => this.#covered.has(frame.channel as EventChannel));
  }

  /** Holds live events back until the returned function is called; nested when several catch-ups wait. */
  #hold(): () => void {
    this.#holds++;
    return () => {
      if (--this.#holds > 0) return;
      const held = this.#held;
      this.#held = [];
      for (const frame of held) this.#sink.event(frame);
    };
  }

  /** Called by the hub for each event of its audience. */
  take(frame: Frame): void {
    if (this.#floors.size > 0) {
      const floor = this.#floors.get(frame.channel);
      if (floor !== undefined && comparePositions(frame.position, floor) <= 0) return;
    }
    if (this.#holds === 0) this.#sink.event(frame);
    else if (this.#held.push(frame) > maxHeldFrames) this.#sink.lost();
  }

  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#subscriptions.clear();
    this.#cover();
    this.#held = [];
    this.#hub.leave(this);
  }

  /** Brings the hub's audiences in line with the subscriptions. */
  #cover(): void {
    const covered = new Set<EventChannel>();
    for (const channel of this.#subscriptions.keys()) {
      for (const c of this.#eventChannels(channel)) covered.add(c);
    }
    for (const c of this.#covered) if (!covered.has(c)) this.#setMember(c, false);
    for (const c of covered) if (!this.#covered.has(c)) this.#setMember(c, true);
    for (const c of this.#floors.keys()) if (!covered.has(c as EventChannel)) this.#floors.delete(c);
    this.#covered = covered;
    this.#hub.onChange?.();
  }

  #eventChannels(channel: Channel): EventChannel[] {
    const named = channel === 'all' ? eventChannels.filter((c) => this.may(c)) : [channel];
    return named.filter((c) => !this.#hub.silent.has(c));
  }

  async #catchUp(
    channel: Channel,
    wanted: EventChannel[],
    ticket: symbol,
    from: Position,
    upTo: Position,
  ): Promise<void> {
    const { epoch, history } = this.#hub;
    const stillWanted = (): boolean => this.#subscriptions.get(channel) === ticket;
    let after = from;
    for (let first = true; ; first = false) {
      const range = { tenantId: this.tenantId, channels: wanted, after, upTo };
      // However often it is replaced before its turn, only what is wanted then is read.
      if (!stillWanted()) return;
      const page = await history.read(range, { first, stillWanted });
      if (!stillWanted()) return;
      if (page === null) {
        // Said to be recovered already: only a new connection can take that back.
        if (!first) throw new Error('the log dropped what was still to be read');
        for (const c of wanted) this.#floors.delete(c);
        this.#sink.subscribed(channel, formatOffset(epoch, upTo), false);
        return;
      }
      if (first) {
        // With events to come the subscription stands where the client stood: had it `upTo` already and broke off now, it
        // would lose them.
        const stands = page.events.length > 0 || comparePositions(from, upTo) > 0 ? from : upTo;
        this.#sink.subscribed(channel, formatOffset(epoch, stands), true);
      }
      for (const event of page.events) this.#sink.event(new Frame(event, epoch));
      if (!page.more) return;
      const last = page.events.at(-1)!;
      after = { xact: last.xact, id: last.id };
      if (!(await this.#sink.drained())) return;
    }
  }
}
