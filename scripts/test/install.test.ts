import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashSources } from '../lib/console-build.mjs';
import { systemPath } from '../lib/environment.mjs';
import { agreesWithLock } from '../lib/install.mjs';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tp-scripts-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

function write(path: string, content: unknown) {
  mkdirSync(join(dir, path, '..'), { recursive: true });
  writeFileSync(join(dir, path), typeof content === 'string' ? content : JSON.stringify(content));
}

const zod = { version: '4.6.7', integrity: 'sha512-zod' };

test.each([
  ['the same packages', { 'node_modules/zod': zod }, true],
  ['nothing', {}, false],
  ['another version', { 'node_modules/zod': { ...zod, version: '4.0.0' } }, false],
  [
    'another archive of the same version',
    { 'node_modules/zod': { ...zod, integrity: 'sha512-other' } },
    false,
  ],
])('npm recorded %s', (_what, installed, agrees) => {
  const optional = { 'node_modules/for-another-platform': { version: '1.0.0', optional: true } };
  write('package-lock.json', {
    packages: { '': { name: 'x' }, server: {}, 'node_modules/zod': zod, ...optional },
  });
  write('node_modules/.package-lock.json', { packages: installed });
  expect(agreesWithLock(dir)).toBe(agrees);
});

test('an install that npm did not finish does not count', () => {
  write('package-lock.json', { packages: {} });
  write('node_modules/zod/package.json', {});
  expect(agreesWithLock(dir)).toBe(false);
});

test('npm is run without the Node that it replaces', () => {
  expect(systemPath('/shop/node_modules/.bin:/usr/bin:/a/node_modules/.bin/:/bin')).toBe('/usr/bin:/bin');
});

test('the console is stale when a source is changed, renamed or added, not when it is built', () => {
  write('console/src/main.tsx', 'a');
  write('contracts/src/index.ts', 'b');
  const before = hashSources(dir);
  write('console/dist/index.html', 'built');
  write('console/node_modules/x/index.js', 'installed');
  expect(hashSources(dir)).toBe(before);

  write('console/src/main.tsx', 'changed');
  expect(hashSources(dir)).not.toBe(before);
  write('console/src/main.tsx', 'a');
  expect(hashSources(dir)).toBe(before);
  write('contracts/src/orders.ts', '');
  expect(hashSources(dir)).not.toBe(before);
});
