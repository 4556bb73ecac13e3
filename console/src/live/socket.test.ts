import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLive, type Live } from './socket.ts';

/** The part of a WebSocket that the live connection touches, driven by hand. */
class FakeSocket {
  static opened: FakeSocket[] = [];
  readonly path: string;
  readonly sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  closed = false;
  constructor(path: string) {
    this.path = path;
    FakeSocket.opened.push(this);
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
  }
  since(): string | null {
    return new URL(this.path, 'http://console').searchParams.get('since');
  }
  accept(offset: string, recovered: boolean): void {
    this.onopen?.();
    this.onmessage?.({ data: JSON.stringify({ type: 'subscribed', channel: 'all', offset, recovered }) });
  }
  event(id: string): void {
    const frame = { id, channel: 'orders', type: 'order_new', data: {}, timestamp: '2026-01-01T00:00:00Z' };
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const onEvent = vi.fn();
const onMissed = vi.fn();
const onCredentialEnded = vi.fn(async () => false);
const getToken = vi.fn(async () => 'token');
let live: Live;

function latest(): FakeSocket {
  const socket = FakeSocket.opened.at(-1);
  if (socket === undefined) throw new Error('no socket was opened');
  return socket;
}

beforeEach(async () => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  FakeSocket.opened = [];
  live = createLive({
    getToken,
    openSocket: (path) => new FakeSocket(path) as unknown as WebSocket,
    onEvent,
    onMissed,
    onCredentialEnded,
    random: () => 1,
  });
  live.start();
  await vi.advanceTimersByTimeAsync(0);
});
afterEach(() => {
  live.stop();
  vi.useRealTimers();
});

describe('the live connection', () => {
  test('begins without an offset and reloads what was fetched before it stood', () => {
    expect(latest().since()).toBeNull();
    latest().accept('10', true);
    expect(live.getState()).toEqual({ status: 'connected' });
    expect(onMissed).toHaveBeenCalledTimes(1);
  });

  test('resumes after the last event seen and keeps the caches when nothing was missed', async () => {
    latest().accept('10', true);
    latest().event('11');
    latest().onclose?.({ code: 4000 });
    expect(live.getState().status).toBe('away');
    await vi.advanceTimersByTimeAsync(500);
    expect(latest().since()).toBe('11');
    latest().onopen?.();
    expect(live.getState().status).toBe('catching-up');
    latest().accept('11', true);
    expect(live.getState().status).toBe('connected');
    expect(onMissed).toHaveBeenCalledTimes(1);
  });

  test('resumes at the offset of the subscription when no event came', async () => {
    latest().accept('10', true);
    latest().onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(500);
    expect(latest().since()).toBe('10');
  });

  test('reloads when the server cannot say what was missed', async () => {
    latest().accept('10', true);
    latest().onclose?.({ code: 4001 });
    await vi.advanceTimersByTimeAsync(500);
    latest().accept('90', false);
    expect(onMissed).toHaveBeenCalledTimes(2);
  });

  test('waits longer after each failure, at most 30 s, and says since when it is away', async () => {
    latest().accept('10', true);
    const lostAt = new Date();
    latest().onclose?.({ code: 1006 });
    for (const pauseMs of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      const before = FakeSocket.opened.length;
      await vi.advanceTimersByTimeAsync(pauseMs - 1);
      expect(FakeSocket.opened.length).toBe(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(FakeSocket.opened.length).toBe(before + 1);
      latest().onclose?.({ code: 1006 });
    }
    expect(live.getState()).toEqual({ status: 'away', since: lostAt });
  });

  test('comes back at once when nudged', async () => {
    latest().accept('10', true);
    latest().onclose?.({ code: 1006 });
    live.nudge();
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeSocket.opened.length).toBe(2);
  });

  test('takes a silent connection for lost', async () => {
    latest().accept('10', true);
    const first = latest();
    await vi.advanceTimersByTimeAsync(25_000);
    expect(first.sent).toEqual(['ping']);
    first.onmessage?.({ data: 'pong' });
    await vi.advanceTimersByTimeAsync(25_000);
    expect(live.getState().status).toBe('connected');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(live.getState().status).toBe('away');
    expect(first.closed).toBe(true);
  });

  test('ends with its credential and does not come back', async () => {
    latest().accept('10', true);
    latest().onclose?.({ code: 4500 });
    expect(onCredentialEnded).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(FakeSocket.opened.length).toBe(1);
  });

  test('goes on at its offset where another credential took the place of the one that ended', async () => {
    latest().accept('10', true);
    onCredentialEnded.mockResolvedValueOnce(true);
    latest().onclose?.({ code: 4500 });
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeSocket.opened.length).toBe(2);
    expect(latest().since()).toBe('10');
  });

  test('starts anew, without its offset, after another final close', async () => {
    latest().accept('10', true);
    latest().onclose?.({ code: 4502 });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(latest().since()).toBeNull();
    expect(onCredentialEnded).not.toHaveBeenCalled();
  });

  test('keeps trying when no token is to be had', async () => {
    latest().accept('10', true);
    getToken.mockRejectedValueOnce(new Error('away'));
    latest().onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(500);
    expect(FakeSocket.opened.length).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(FakeSocket.opened.length).toBe(2);
  });
});
