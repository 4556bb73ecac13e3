/**
 * What callers of older back ends rely on, row by row: tried from outside, held by another test, or still to come.
 * docs/reference/compatibility.md is the same list for people; `UPDATE=1` writes it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { httpRows } from './compatibility/http.ts';
import type { Row, World } from './compatibility/row.ts';
import { figureRows, settingRows } from './compatibility/settings.ts';
import { socketRows } from './compatibility/sockets.ts';
import { workRows } from './compatibility/work.ts';
import { connectAccount, Marketplace } from './support/marketplace.ts';
import { rootDir } from './support/program.ts';
import { setUpOwner } from './support/tenants.ts';
import { Tradepost } from './support/tradepost.ts';

const areas: Record<string, Row[]> = {
  HTTP: httpRows,
  Sockets: socketRows,
  'Tasks, schedules, cache': workRows,
  Settings: settingRows,
  Figures: figureRows,
};

const seller = { name: 'Ana MAIN', username: 'main@ana.example', password: 'one' };
const products = [
  { name: 'Chai', category: 'Beverages', variants: [{ sku: 'NW-001', priceMinor: 1800, onHand: 39 }] },
  { name: 'Chang', category: 'Beverages', variants: [{ sku: 'NW-002', priceMinor: 1900, onHand: 17 }] },
  { name: 'Aniseed Syrup', category: 'Condiments', variants: [{ sku: 'NW-003', priceMinor: 1000 }] },
];

let world: World;

beforeAll(async () => {
  const marketplace = await Marketplace.start([seller]);
  const app = await Tradepost.start({
    env: {
      EMAG_EXTRA_BASE_URLS: marketplace.baseUrl,
      EMAG_SYNC_ORDERS_INTERVAL: '1',
      EMAG_AUTO_ACK_INTERVAL: '1',
      EMAG_HEALTH_CHECK_INTERVAL: '10',
    },
  });
  const owner = await setUpOwner(app);
  for (const product of products) await owner.tenant.api.post('/products', product);
  await marketplace.addOrders({ account: seller.username });
  await connectAccount(owner.tenant.api, marketplace, seller);
  world = { app, marketplace, owner, tenant: owner.tenant };
});

for (const [area, rows] of Object.entries(areas)) {
  describe(area, () => {
    for (const { call, holds } of rows) {
      if ('comesWith' in holds) continue;
      test(call, async () => {
        if (typeof holds === 'function') await holds(world);
        else expect(await readFile(join(rootDir, holds.heldBy), 'utf8')).toContain(holds.test);
      });
    }
  });
}

test('docs/reference/compatibility.md says the same, and what is still to come', async () => {
  const file = join(rootDir, 'docs/reference/compatibility.md');
  if (process.env.UPDATE === '1') await writeFile(file, page());
  expect(await readFile(file, 'utf8'), 'UPDATE=1 writes it').toBe(page());
});

function page(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const sections = Object.entries(areas).flatMap(([area, rows]) => [
    `## ${area}`,
    '',
    '| call | what it does | |',
    '|---|---|---|',
    ...rows.map(({ call, does, holds }) => {
      const state = 'comesWith' in holds ? `comes with: ${holds.comesWith}` : 'works';
      return `| ${cell(call)} | ${cell(does)} | ${state} |`;
    }),
    '',
  ]);
  return [
    '# Compatibility',
    '',
    '<!-- Held by acceptance/compatibility.test.ts; `UPDATE=1` writes it. -->',
    '',
    'Calls, names, settings and figures of older back ends that work here, beside our own. A credential is added to every call;',
    '`/api/x`, `/api/v1/x` and a trailing slash are the same.',
    '',
    ...sections,
  ].join('\n');
}
