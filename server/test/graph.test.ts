/** Who imports whom: the direction of the layers, the doors of modules, no cycles, and what stands apart stays apart. */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/** Paths are relative to the repository; `to` is a file of ours or the name of a package. */
interface Edge {
  from: string;
  to: string;
  /** Gone when the program runs. */
  typeOnly: boolean;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const workspaces = ['contracts', 'server', 'simulator', 'console', 'acceptance', 'bench'];

const statement = /^\s*(?:import|export)\s+(type\s+)?(?:[\w*{][^'";]*?\sfrom\s+)?'([^'\n]+)'/gm;
const dynamic = /\bimport\(\s*'([^'\n]+)'\s*\)/g;

function importsOf(source: string): { specifier: string; typeOnly: boolean }[] {
  return [
    ...Array.from(source.matchAll(statement), (m) => ({ specifier: m[2]!, typeOnly: m[1] !== undefined })),
    ...Array.from(source.matchAll(dynamic), (m) => ({ specifier: m[1]!, typeOnly: false })),
  ];
}

function resolveImport(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
  const inside = /^#(platform|modules|flows)\/([^/]+)$/.exec(specifier);
  if (inside !== null) return `server/src/${inside[1]}/${inside[2]}/index.ts`;
  const support = /^#test\/(.+)$/.exec(specifier);
  if (support !== null) return `server/test/support/${support[1]}.ts`;
  const workspace = /^@tradepost\/([^/]+)(?:\/(.+))?$/.exec(specifier);
  if (workspace !== null) return `${workspace[1]}/src/${workspace[2] ?? 'index'}.ts`;
  return specifier;
}

function readGraph(): { files: Set<string>; edges: Edge[] } {
  const files = new Set<string>();
  const edges: Edge[] = [];
  for (const workspace of workspaces) {
    for (const entry of readdirSync(join(root, workspace), { recursive: true, withFileTypes: true })) {
      const path = relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/');
      if (!entry.isFile() || !/\.tsx?$/.test(path) || /(^|\/)(node_modules|dist)\//.test(path)) continue;
      files.add(path);
      for (const { specifier, typeOnly } of importsOf(readFileSync(join(root, path), 'utf8')))
        edges.push({ from: path, to: resolveImport(path, specifier), typeOnly });
    }
  }
  return { files, edges };
}

/** Importing goes downwards only; of what is beside, `start` belongs to the application's layer. */
const layers: [RegExp, number][] = [
  [/^server\/src\/main\.ts$/, 5],
  [/^server\/src\/cli\//, 5],
  [/^server\/src\/app\.ts$/, 4],
  [/^server\/src\/start\//, 4],
  [/^server\/src\/flows\//, 3],
  [/^server\/src\/modules\//, 2],
  [/^server\/src\/platform\//, 1],
  [/^contracts\//, 0],
];
const layerOf = (path: string): number | undefined => layers.find(([pattern]) => pattern.test(path))?.[1];
/** The module, flow or platform part that a file belongs to. */
const folderOf = (path: string): string | undefined =>
  /^server\/src\/(?:platform|modules|flows)\/[^/]+\//.exec(path)?.[0];

/** What a workspace may use of the others; packages from outside are its own business, but for the contracts. */
const mayUse: Record<string, string[]> = {
  contracts: [],
  simulator: [],
  console: ['contracts'],
  acceptance: ['contracts', 'simulator'],
  server: ['contracts'],
};

function violations(edges: Edge[]): string[] {
  const wrong: string[] = [];
  for (const { from, to } of edges) {
    const [own, other] = [from.split('/')[0]!, to.split('/')[0]!];
    const say = (why: string) => wrong.push(`${from} imports ${to}: ${why}`);
    const test = /(^|\/)test\/|\.test\.tsx?$/.test(from);
    if (own === 'contracts' && !test && !to.startsWith('contracts/') && to !== 'zod')
      say('contracts use zod only');
    if (workspaces.includes(other) && other !== own && own in mayUse && !mayUse[own]!.includes(other)) {
      if (!(own === 'server' && test)) say(`${own} knows nothing of ${other}`);
    }
    if (!from.startsWith('server/src/')) continue;
    const [above, below] = [layerOf(from), layerOf(to)];
    if (above === undefined) say('its own layer is not known');
    else if (below !== undefined && below > above) say('against the direction of the layers');
    const door = folderOf(to);
    if (door !== undefined && door !== folderOf(from) && to !== `${door}index.ts`)
      say('past the door, its index.ts');
    if (to.startsWith('server/') && !to.startsWith('server/src/') && to !== 'server/package.json')
      say('what runs does not use tests or scripts');
  }
  return wrong;
}

/** A cycle of imports that exist when the program runs, as its files in order; null when there is none. */
function findCycle(edges: Edge[]): string[] | null {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of edges) {
    if (typeOnly) continue;
    const list = next.get(from);
    if (list === undefined) next.set(from, [to]);
    else list.push(to);
  }
  const done = new Set<string>();
  const path: string[] = [];
  function walk(file: string): string[] | null {
    const at = path.indexOf(file);
    if (at >= 0) return [...path.slice(at), file];
    if (done.has(file)) return null;
    path.push(file);
    for (const to of next.get(file) ?? []) {
      const cycle = walk(to);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(file);
    return null;
  }
  for (const file of next.keys()) {
    const cycle = walk(file);
    if (cycle !== null) return cycle;
  }
  return null;
}

describe('our graph', () => {
  const { files, edges } = readGraph();

  test('it is read whole: every import of ours leads to a file', () => {
    expect(files.size).toBeGreaterThan(200);
    expect(edges.length).toBeGreaterThan(files.size);
    const lost = edges.filter(
      ({ to }) => workspaces.includes(to.split('/')[0]!) && /\.tsx?$/.test(to) && !files.has(to),
    );
    expect(lost).toEqual([]);
    const strange = edges.filter(({ to }) => to.startsWith('#') || (to.startsWith('..') && !isBuiltin(to)));
    expect(strange).toEqual([]);
  });

  test('layers, doors and walls are kept', () => {
    expect(violations(edges)).toEqual([]);
  });

  test('no file needs itself to run', () => {
    expect(findCycle(edges)).toBeNull();
  });
});

describe('the test itself sees', () => {
  const edge = (from: string, to: string, typeOnly = false): Edge => ({ from, to, typeOnly });

  test.each([
    ['server/src/platform/db/pool.ts', 'server/src/modules/orders/index.ts', 'against the direction'],
    ['server/src/modules/orders/index.ts', 'server/src/flows/demo/index.ts', 'against the direction'],
    ['server/src/flows/demo/index.ts', 'server/src/app.ts', 'against the direction'],
    ['server/src/modules/orders/a.ts', 'server/src/modules/inventory/queries.ts', 'past the door'],
    ['server/src/platform/jobs/a.ts', 'server/src/platform/db/pool.ts', 'past the door'],
    ['server/src/app.ts', 'server/src/flows/demo/run.ts', 'past the door'],
    ['server/src/app.ts', 'server/test/support/database.ts', 'tests or scripts'],
    ['server/src/elsewhere/a.ts', 'zod', 'layer is not known'],
    ['server/src/app.ts', 'simulator/src/index.ts', 'knows nothing of'],
    ['contracts/src/a.ts', 'node:fs', 'zod only'],
    ['contracts/src/a.ts', 'server/src/app.ts', 'zod only'],
    ['acceptance/test/a.test.ts', 'server/src/app.ts', 'knows nothing of server'],
    ['simulator/test/a.test.ts', 'server/src/app.ts', 'knows nothing of server'],
    ['simulator/src/a.ts', 'contracts/src/index.ts', 'knows nothing of contracts'],
    ['console/src/a.tsx', 'server/src/app.ts', 'knows nothing of server'],
  ])('%s → %s', (from, to, why) => {
    for (const typeOnly of [true, false])
      expect(violations([edge(from, to, typeOnly)])).toContainEqual(expect.stringContaining(why));
  });

  test('a cycle over several files, but not one of types', () => {
    const round = [edge('a', 'b'), edge('b', 'c'), edge('x', 'a')];
    expect(findCycle(round)).toBeNull();
    expect(findCycle([...round, edge('c', 'a')])).toEqual(['a', 'b', 'c', 'a']);
    expect(findCycle([...round, edge('c', 'a', true)])).toBeNull();
  });

  test('imports in every shape', () => {
    const source = [
      "import type { A } from './a.ts';",
      "import {\n  type B,\n  b,\n} from './b.ts';",
      "import './c.css';",
      "export * from './d.ts';",
      "export { e } from './e.ts';",
      "export type { F } from './f.ts';",
      `const g = await ${'import'}('./g.ts');`,
      "import * as h from './h.ts';",
      "import i, { j } from 'i';",
    ].join('\n');
    expect(importsOf(source).map((i) => `${i.specifier}${i.typeOnly ? ' type' : ''}`)).toEqual([
      './a.ts type',
      './b.ts',
      './c.css',
      './d.ts',
      './e.ts',
      './f.ts type',
      './h.ts',
      'i',
      './g.ts',
    ]);
  });
});
