/**
 * `npm run bench -- <name> …`: runs benchmarks, prints figures and ratios, writes bench/results/<name>.json. Exit code 1
 * when a target is missed. `--page` then makes docs/reference/performance.md of all the results there are.
 */
import { writePerformancePage } from './performance-page.ts';
import { type BenchResult, report } from './report.ts';

interface Bench {
  /** For the page: what is measured, against what. */
  about: string;
  load(): Promise<{ run(): Promise<BenchResult> }>;
}

const benches: Record<string, Bench> = {
  start: {
    about: 'From `npm start` to `ready`, of an installation that exists already, and the memory it rests at.',
    load: () => import('./start.ts'),
  },
  reserve: {
    about:
      'Reservations a second by 200 callers: of one hot SKU, and spread over 10,000. Beside it, the classic transaction that locks the row, on the same PostgreSQL.',
    load: () => import('./reserve.ts'),
  },
  peers: {
    about:
      'Reservations a second of one hot SKU by 200 callers, beside Medusa and Vendure on the same PostgreSQL. The bench installs them, into a temporary folder.',
    load: () => import('./peers.ts'),
  },
  import: {
    about:
      'Orders a second from the marketplace into the database, with stock and events; beside it, only reading the same pages.',
    load: () => import('./import.ts'),
  },
  'import-rows': {
    about:
      'Rows a second of a file of 100,000 rows of stock, in the dry run and applied, and the memory that takes; beside it, only reading the file.',
    load: () => import('./import-rows.ts'),
  },
  notify: {
    about: '1,000 sockets, 10,000 frames a second: from commit to frame.',
    load: () => import('./notify.ts'),
  },
  products: {
    about:
      'A shop of 1,000,000 products: lists, filters, sorts and searches. Beside them, a transaction that reads one product by its key.',
    load: () => import('./products.ts'),
  },
  'stock-history': {
    about:
      'The stock of 1,000,000 SKUs at two locations, with 10,000,000 movements and as much history: lists, searches, a level at an instant, charts. Beside them, a transaction that reads one level by its key.',
    load: () => import('./stock-history.ts'),
  },
  tasks: {
    about:
      'No-op tasks a second with the ledger people see; beside it raw pg-boss, which keeps none, on the same PostgreSQL.',
    load: () => import('./tasks.ts'),
  },
  http: {
    about:
      'Requests a second by 64 readers, or 200 writers of one hot SKU: a list from the cache, a product, writes with idempotency keys. Beside them, bare Fastify routes with the same bytes.',
    load: () => import('./http.ts'),
  },
  cache: {
    about: 'A query of 250 ms, cached: from memory, from Redis, over HTTP.',
    load: () => import('./cache.ts'),
  },
  tail: {
    about:
      'Commit to reader of 4,000 separately committed events a second; what 20 processes that tail a log at rest cost the database.',
    load: () => import('./tail.ts'),
  },
};

const args = process.argv.slice(2);
const options = args.filter((a) => a.startsWith('-'));
const names = args.includes('all') ? Object.keys(benches) : args.filter((a) => !a.startsWith('-'));
const unknown = [
  ...names.filter((n) => !(n in benches)).map((n) => `No benchmark is called ${n}.`),
  ...options.filter((o) => o !== '--page').map((o) => `${o} is no option.`),
];
if (unknown.length > 0 || (names.length === 0 && options.length === 0)) {
  for (const line of unknown) console.error(line);
  console.error(
    `Usage: npm run bench -- <name> … [--page]   (names: ${Object.keys(benches).join(', ')}, all)`,
  );
  process.exit(64);
}
let missed = false;
for (const name of names) {
  const result = await (await benches[name]!.load()).run();
  await report(result);
  missed ||= result.ratios.some((r) => !r.ok);
}
if (options.includes('--page')) {
  await writePerformancePage(Object.entries(benches).map(([name, { about }]) => ({ name, about })));
}
process.exit(missed ? 1 : 0);
