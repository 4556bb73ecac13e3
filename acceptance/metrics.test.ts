/** `/metrics` and docs/reference/metrics.md, which lists every figure of ours; `UPDATE=1` writes it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { send } from './support/api.ts';
import { rootDir } from './support/program.ts';
import { startRedis } from './support/redis.ts';
import { setUpOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';
import { until } from './support/wait.ts';

const file = join(rootDir, 'docs/reference/metrics.md');

test('docs/reference/metrics.md lists what /metrics shows', async () => {
  const redis = await startRedis();
  const app = await Tradepost.start({ env: { REDIS_URL: redis.url, WORKERS: '2' } });
  const { tenant } = await setUpOwner(app);
  await tenant.api.get('/products');
  // Those whose labels come with their first figure.
  const late = ['tradepost_cache_reads_total{', 'tradepost_bus_received_total{'];
  const shown = await until('the cache and the bus in the figures', async () => {
    const { text } = await send('GET', `${app.url}/metrics`);
    return late.every((figure) => text.includes(figure)) && text;
  });
  const kinds = new Map(
    [...shown.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => [name!, kind!]),
  );
  const rows = [...shown.matchAll(/^# HELP (tradepost_\S+) (.*)$/gm)].map(([, name, help]) => {
    const labels = new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{(.*?)\\}`, 'm').exec(shown)?.[1] ?? '';
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label!).filter((l) => l !== 'le');
    return `| \`${name}\` | ${kinds.get(name!)} | ${names.join(', ')} | ${help} |`;
  });
  const page = [
    '# Metrics',
    '',
    '<!-- Held by acceptance/metrics.test.ts; `UPDATE=1` writes it. -->',
    '',
    '`GET /metrics`, in the text form of Prometheus; with `METRICS_TOKEN` set it asks for that as a bearer token. Any process shows the',
    'figures of all processes of its installation on this machine. Beside these stand the usual `process_*` and `nodejs_*` of Node.',
    '',
    '| metric | kind | labels | what it tells |',
    '|---|---|---|---|',
    ...rows.sort(),
    '',
  ].join('\n');
  expect(rows.length).toBeGreaterThan(15);
  if (process.env.UPDATE === '1') await writeFile(file, page);
  expect(await readFile(file, 'utf8'), 'UPDATE=1 writes it').toBe(page);
});
