/** Presence over several processes, here with one bus and clocks that tests set. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { InProcessBus } from '#platform/bus';
import type { TenantFigures } from '../src/modules/realtime/hub.ts';
import { type Presence, startPresence } from '../src/modules/realtime/presence.ts';
import { newId } from '../src/platform/crypto/index.ts';

const tenantId = newId();
let bus: InProcessBus;
let started: Presence[];

function start(clients: number): { presence: Presence; figures: TenantFigures } {
  const figures = { clients, channels: { orders: clients }, framesPerSecond: 0 };
  const read = () => ({ [tenantId]: figures });
  const presence = startPresence({ bus, read, nowMs: () => Date.now() });
  started.push(presence);
  return { presence, figures };
}

beforeEach(() => {
  vi.useFakeTimers();
  bus = new InProcessBus();
  started = [];
});
afterEach(() => {
  for (const presence of started) presence.stop();
  vi.useRealTimers();
});

test('each knows the others within two seconds, and itself is not among them', () => {
  const [a, b] = [start(3), start(4)];
  vi.advanceTimersByTime(2000);
  expect(a.presence.others(tenantId)).toEqual({ processes: 1, figures: [b.figures] });
  expect(b.presence.others(tenantId)).toEqual({ processes: 1, figures: [a.figures] });
  expect(a.presence.others(newId()).figures).toEqual([]);
});

test('a change is told in a moment, many at once as one', () => {
  const [a, b] = [start(1), start(1)];
  // They have met, and told each other of it.
  vi.advanceTimersByTime(2500);
  const said = vi.fn();
  bus.subscribe('presence', said);
  a.figures.clients = 500;
  for (let i = 0; i < 500; i++) a.presence.changed();
  vi.advanceTimersByTime(100);
  expect(said).toHaveBeenCalledOnce();
  expect(b.presence.others(tenantId).figures[0]!.clients).toBe(500);
});

test('one that stops is gone at once, one that is silent for six seconds then', () => {
  const [a, b, c] = [start(1), start(2), start(4)];
  vi.advanceTimersByTime(2000);
  b.presence.stop();
  expect(a.presence.others(tenantId).figures).toEqual([c.figures]);
  // Frozen: it hears and says nothing.
  const publish = vi.spyOn(bus, 'publish').mockImplementation(() => {});
  vi.advanceTimersByTime(5900);
  expect(a.presence.others(tenantId).figures).toEqual([c.figures]);
  vi.advanceTimersByTime(200);
  expect(a.presence.others(tenantId)).toEqual({ processes: 0, figures: [] });
  publish.mockRestore();
});
