import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig, loadOrMakeSecret } from '#platform/config';
import { referencePages } from '../scripts/reference.ts';

const emptyDir = (): string => mkdtempSync(join(tmpdir(), 'tradepost-config-'));
const secret = 'a secret of more than thirty-two characters';
const database = { DATABASE_URL: 'postgresql://shop:hunter2@db:5432/shop', SECRET: secret };

function problemsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env, emptyDir());
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the settings were taken');
}

describe('settings', () => {
  test('nothing set: embedded, demo, the promised defaults', () => {
    const config = loadConfig({}, '/srv/shop');
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8000,
      dataDir: '/srv/shop/data',
      secret: null,
      demo: { enabled: true, ordersPerMinute: 15 },
      database: { url: null, poolSize: 20, maxOverflow: 40, poolTimeoutMs: 30_000, poolRecycleSeconds: 3600 },
      tasks: { concurrency: 10, retryDelaysMs: [5000, 10_000, 20_000] },
      emag: { syncOrdersIntervalMs: 5000, autoAcknowledgeIntervalMs: 10_000, syncMaxPages: 10 },
      realtime: { heartbeatMs: 30_000, maxClients: 1000 },
      notices: [],
    });
  });

  test('without the demo the intervals are those of the work, and what is set is taken in the demo too', () => {
    const off = loadConfig({ DEMO: 'off' }, emptyDir());
    expect(off.emag).toMatchObject({ syncOrdersIntervalMs: 300_000, autoAcknowledgeIntervalMs: 600_000 });
    expect(off.tasks.retryDelaysMs).toEqual([300_000, 600_000, 1_200_000]);
    const set = loadConfig(
      { DEMO: 'on', EMAG_SYNC_ORDERS_INTERVAL: '60', TASK_RETRY_DELAYS: '1, 2' },
      emptyDir(),
    );
    expect(set.emag.syncOrdersIntervalMs).toBe(60_000);
    expect(set.tasks.retryDelaysMs).toEqual([1000, 2000]);
  });

  test('with a database given there is no demo unless asked for', () => {
    expect(loadConfig(database, emptyDir()).demo.enabled).toBe(false);
    expect(loadConfig({ ...database, DEMO: 'on' }, emptyDir()).demo.enabled).toBe(true);
  });

  test('.env is honoured, the environment wins, empty is unset', () => {
    const dir = emptyDir();
    writeFileSync(join(dir, '.env'), 'PORT=9000\nHOST="0.0.0.0" # all\nLOG_LEVEL=debug\n');
    const config = loadConfig({ PORT: '9001', LOG_LEVEL: '' }, dir);
    expect(config).toMatchObject({ port: 9001, host: '0.0.0.0', logLevel: 'debug' });
  });

  test('every wrong one is named at once, with its value and what is allowed', () => {
    expect(problemsOf({ PORT: '99999', DB_POOL_SIZE: 'many', ROLES: 'api,cook', CORS_ORIGINS: '*' })).toEqual(
      [
        'PORT="99999" is refused; allowed is a whole number from 0 to 65535.',
        'ROLES="api,cook" is refused; allowed is a list of api, realtime, worker.',
        'DB_POOL_SIZE="many" is refused; allowed is a whole number from 1 to 1000.',
        'CORS_ORIGINS="*" is refused; allowed is a list of origins such as https://shop.example; `*` is refused.',
      ],
    );
  });

  test.each([
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', '0x50'],
    ['DEMO', 'yes'],
    ['ROLES', ','],
    ['TRUST_PROXY', 'everybody'],
    ['PUBLIC_URL', 'https://shop.example/path'],
    ['EMAG_EXTRA_BASE_URLS', 'ftp://x'],
    ['TASK_RETRY_DELAYS', '5,soon'],
    ['ENV', 'prod'],
  ])('%s=%s is refused', (name, value) => {
    expect(problemsOf({ [name]: value })[0]).toContain(name);
  });

  test('a secret value is never shown', () => {
    const problems = problemsOf({ DATABASE_URL: 'mysql://shop:hunter2@db/shop', SECRET: 'hunter2' });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('hunter2');
  });

  test('a given database needs the secret, by name', () => {
    expect(problemsOf({ DATABASE_URL: database.DATABASE_URL })[0]).toMatch(
      /^SECRET is required with DATABASE_URL/,
    );
  });

  test('several processes without Redis are refused, saying why', () => {
    expect(problemsOf({ WORKERS: '4' })[0]).toMatch(/WORKERS=4 is refused: several processes need REDIS_URL/);
    expect(loadConfig({ WORKERS: '1' }, emptyDir()).supervisor).toBeNull();
  });

  test('production watches its processes: with Redis 2 × cores + 1, without it one, each renewed', () => {
    const redis = { REDIS_URL: 'redis://r' };
    const of = (env: Record<string, string>) => loadConfig(env, emptyDir()).supervisor;
    const production = { ENV: 'production' };
    expect(of({ ...redis, WORKERS: '4' })).toEqual({ workers: 4, workerMaxRequests: 0 });
    expect(of({ ...production })).toEqual({ workers: 1, workerMaxRequests: 10_000 });
    expect(of({ ...production, ...redis, WORKER_MAX_REQUESTS: '0' })).toEqual({
      workers: 2 * availableParallelism() + 1,
      workerMaxRequests: 0,
    });
    expect(of({ ...production, ...redis, WORKERS: '1' })?.workers).toBe(1);
    expect(of({ ...redis, WORKERS: 'auto' })?.workers ?? 1).toBe(availableParallelism());
    expect(problemsOf({ WORKER_MAX_REQUESTS: '9' })[0]).toMatch(/WORKER_MAX_REQUESTS=9 is refused/);
  });

  test('settings of older installations are taken with a notice', () => {
    const { notices } = loadConfig(
      { CELERY_BROKER_URL: 'redis://:hunter2@r/0', SOCKETIO_ASYNC_MODE: 'eventlet' },
      emptyDir(),
    );
    expect(notices).toHaveLength(2);
    expect(notices[0]).toMatch(/^CELERY_BROKER_URL: .*tasks live in PostgreSQL/);
    expect(notices.join()).not.toContain('hunter2');
  });
});

describe('the installation’s secret', () => {
  test('is made once, for the owner alone', async () => {
    const dir = emptyDir();
    const made = await loadOrMakeSecret(dir);
    expect(made.length).toBeGreaterThanOrEqual(48);
    expect(await loadOrMakeSecret(dir)).toBe(made);
    expect(statSync(join(dir, 'secret')).mode & 0o777).toBe(0o600);
  });

  test('one cut short is refused rather than used', async () => {
    const dir = emptyDir();
    writeFileSync(join(dir, 'secret'), 'abc');
    await expect(loadOrMakeSecret(dir)).rejects.toThrow(/damaged/);
  });
});

test.each(Object.entries(referencePages))('%s is what the code says (npm run generate)', (path, make) => {
  expect(readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')).toBe(make());
});
