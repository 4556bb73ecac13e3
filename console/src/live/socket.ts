/**
 * The live connection: one raw WebSocket on channel `all` that resumes where it stopped.
 *
 * Invariants: events reach `onEvent` in the order of the log; after `onMissed` nothing older than the reload is needed;
 * between a loss and its recovery the state says since when, so no screen pretends to be live.
 */
import type { ErrorFrame, EventFrame, SubscribedFrame } from '@tradepost/contracts';
import type { Output } from '../api/endpoints.ts';

export type LiveState =
  | { status: 'connecting' }
  | { status: 'connected' }
  | { status: 'catching-up' }
  | { status: 'away'; since: Date };

export interface LiveOptions {
  /** A fresh one-time token; rejects when there is none to be had. */
  getToken: () => Promise<string>;
  openSocket: (path: string) => WebSocket;
  onEvent: (frame: EventFrame) => void;
  /** The server cannot say what happened since the last frame, or nothing was seen yet: reload what is shown. */
  onMissed: () => void;
  /** The session or its role ended. Resolves to whether there is another: a new role, or a session in its place. */
  onCredentialEnded: () => Promise<boolean>;
  random?: () => number;
}

export interface Live {
  start: () => void;
  stop: () => void;
  /** Tries again now instead of waiting out the pause, for when the machine woke or came back online. */
  nudge: () => void;
  getState: () => LiveState;
  subscribe: (listener: () => void) => () => void;
}

type Message = Output<typeof SubscribedFrame> | Output<typeof ErrorFrame> | EventFrame;

const PING_INTERVAL_MS = 25_000;
const PONG_TIMEOUT_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Close codes from here on: do not come back with the same credential. */
const FINAL_CLOSE_CODE = 4500;
const CREDENTIAL_ENDED = 4500;

export function createLive(options: LiveOptions): Live {
  const random = options.random ?? Math.random;
  const listeners = new Set<() => void>();
  let state: LiveState = { status: 'connecting' };
  let socket: WebSocket | null = null;
  let running = false;
  let since: string | null = null;
  let failures = 0;
  /** Rises with every attempt: what belongs to an older one is ignored. */
  let generation = 0;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let pingTimer: ReturnType<typeof setInterval> | undefined;
  let pongTimer: ReturnType<typeof setTimeout> | undefined;

  function setState(next: LiveState): void {
    // "Away since" is the moment of the loss, not of the latest failed attempt.
    if (next.status === 'away' && state.status === 'away') return;
    if (next.status === state.status) return;
    state = next;
    for (const listener of listeners) listener();
  }

  function clearTimers(): void {
    clearTimeout(retryTimer);
    clearInterval(pingTimer);
    clearTimeout(pongTimer);
  }

  function drop(): void {
    generation += 1;
    clearTimers();
    const old = socket;
    socket = null;
    old?.close();
  }

  function lost(): void {
    drop();
    if (!running) return;
    setState({ status: 'away', since: new Date() });
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures) * (0.5 + random() / 2);
    failures += 1;
    retryTimer = setTimeout(() => void connect(), pauseMs);
  }

  async function connect(): Promise<void> {
    const mine = ++generation;
    let token: string;
    try {
      token = await options.getToken();
    } catch {
      if (mine === generation) lost();
      return;
    }
    if (mine !== generation || !running) return;
    const query = new URLSearchParams({ channel: 'all', token });
    if (since !== null) query.set('since', since);
    const opened = options.openSocket(`/ws/notifications?${query}`);
    socket = opened;
    opened.onopen = () => {
      if (mine !== generation) return;
      if (state.status === 'away') setState({ status: 'catching-up' });
      pingTimer = setInterval(() => {
        opened.send('ping');
        clearTimeout(pongTimer);
        pongTimer = setTimeout(lost, PONG_TIMEOUT_MS);
      }, PING_INTERVAL_MS);
    };
    opened.onmessage = (event: MessageEvent<string>) => {
      if (mine === generation) receive(event.data);
    };
    opened.onclose = (event) => {
      if (mine !== generation) return;
      if (event.code === CREDENTIAL_ENDED) {
        drop();
        void options.onCredentialEnded().then((goesOn) => {
          if (!running) return;
          running = goesOn;
          if (goesOn) void connect();
        });
        return;
      }
      // The other final codes end this socket's place in the log, not the person's session: start anew, unhurried.
      if (event.code > FINAL_CLOSE_CODE && event.code < 5000) {
        since = null;
        failures = Math.max(failures, 4);
      }
      lost();
    };
  }

  function receive(text: string): void {
    clearTimeout(pongTimer);
    if (text === 'pong') return;
    const message = JSON.parse(text) as Message;
    if ('recovered' in message) {
      const first = since === null;
      since = message.offset;
      failures = 0;
      // On the first connection, too: what was fetched before it stood may have changed since.
      if (first || !message.recovered) options.onMissed();
      setState({ status: 'connected' });
    } else if ('data' in message) {
      if (message.id !== null) since = message.id;
      options.onEvent(message);
    }
  }

  return {
    start: () => {
      if (running) return;
      running = true;
      void connect();
    },
    stop: () => {
      running = false;
      drop();
    },
    nudge: () => {
      if (!running || state.status !== 'away' || socket !== null) return;
      clearTimers();
      failures = 0;
      void connect();
    },
    getState: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
