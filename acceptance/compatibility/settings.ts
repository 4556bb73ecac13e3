/** Settings by name, and the figures promised. */
import { expect } from 'vitest';
import { makeTempDir } from '../support/lifetime.ts';
import { Program } from '../support/program.ts';
import type { Row } from './row.ts';

/** A start refuses a senseless value of each by its name: it reads them. */
function read(...names: string[]): Row['holds'] {
  return async () => {
    const cwd = await makeTempDir();
    const env = { DATA_DIR: cwd, ...Object.fromEntries(names.map((name) => [name, '-'])) };
    const program = Program.run('server/src/main.ts', { cwd, env });
    expect((await program.exited).code).toBe(78);
    for (const name of names) expect(program.stderr).toContain(`${name}=`);
  };
}

const socketIo = { comesWith: 'Socket.IO and rooms' };

function bench(name: string, ratio: string): Row['holds'] {
  return { heldBy: `bench/src/${name}.ts`, test: ratio };
}

export const settingRows: Row[] = [
  {
    call: 'REDIS_URL, WORKERS, ENV, WORKER_MAX_REQUESTS',
    does: 'processes; renewed without dropping a request',
    holds: read('REDIS_URL', 'WORKERS', 'ENV', 'WORKER_MAX_REQUESTS'),
  },
  {
    call: 'CELERY_BROKER_URL, CELERY_RESULT_BACKEND, SOCKETIO_ASYNC_MODE',
    does: 'accepted, with a notice',
    holds: {
      heldBy: 'server/test/config.test.ts',
      test: 'settings of older installations are taken with a notice',
    },
  },
  {
    call: 'DB_POOL_SIZE, DB_MAX_OVERFLOW, DB_POOL_TIMEOUT, DB_POOL_RECYCLE',
    does: 'the pool of connections',
    holds: read('DB_POOL_SIZE', 'DB_MAX_OVERFLOW', 'DB_POOL_TIMEOUT', 'DB_POOL_RECYCLE'),
  },
  {
    call: 'WEBSOCKET_HEARTBEAT_INTERVAL, WEBSOCKET_MAX_CLIENTS',
    does: 'sockets',
    holds: read('WEBSOCKET_HEARTBEAT_INTERVAL', 'WEBSOCKET_MAX_CLIENTS'),
  },
  {
    call: 'WEBSOCKET_ENABLE_COMPRESSION, WEBSOCKET_ENABLE_LOGGING, SOCKETIO_CORS_ORIGINS',
    does: 'sockets',
    holds: socketIo,
  },
  {
    call: 'INVENTORY_LOW_STOCK_THRESHOLD',
    does: 'when stock is low',
    holds: read('INVENTORY_LOW_STOCK_THRESHOLD'),
  },
  {
    call: 'INVENTORY_ENABLE_*, INVENTORY_CHECK_INTERVAL, INVENTORY_MAX_HISTORY_DAYS',
    does: 'alerts, analytics, history',
    holds: { heldBy: 'acceptance/inventory-settings.test.ts', test: 'off: sockets hear nothing of stock' },
  },
  { call: 'CHAT_*', does: 'support chat', holds: { comesWith: 'chat' } },
  { call: 'PUSH_*', does: 'web push', holds: { comesWith: 'notifications' } },
  {
    call: 'RATE_LIMIT_API, RATE_LIMIT_UPLOADS',
    does: '100 and 10 a second',
    holds: read('RATE_LIMIT_API', 'RATE_LIMIT_UPLOADS'),
  },
  {
    call: 'Redis of the shipped stack: 512 MB, allkeys-lru, append-only file',
    does: 'the stack',
    holds: { comesWith: 'the shipped stack' },
  },
];

export const figureRows: Row[] = [
  {
    call: '1,000 socket clients, 10,000 messages/s, < 50 ms, < 100 MB',
    does: 'sockets',
    holds: bench('notify', 'memory for 1,000 sockets'),
  },
  { call: 'stock update < 100 ms', does: 'inventory', holds: bench('http', 'reserv') },
  { call: 'cache operation < 10 ms; list 50× faster', does: 'cache', holds: bench('cache', '50') },
  { call: 'answers in 50–200 ms', does: 'API', holds: bench('products', 'p95') },
  {
    call: 'alert < 200 ms',
    does: 'inventory',
    holds: bench('notify', 'stock_low'),
  },
  {
    call: 'recent history < 50 ms',
    does: 'inventory',
    holds: bench('stock-history', 'level'),
  },
  { call: 'chat < 100 ms, room < 50 ms, file ≤ 5 MB', does: 'chat', holds: { comesWith: 'chat' } },
  {
    call: 'notification < 10 ms, subscription < 50 ms, > 95 % delivered',
    does: 'notifications',
    holds: { comesWith: 'notifications' },
  },
  {
    call: 'all new orders in within 5–10 minutes without a hand',
    does: 'orders',
    holds: { heldBy: 'acceptance/demo.test.ts', test: 'has orders of both tenants' },
  },
];
