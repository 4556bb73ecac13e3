/** docs/reference/performance.md, made of the results that the benchmarks left in bench/results. */
import { readFile, writeFile } from 'node:fs/promises';
import { figure, type KeptResult } from './report.ts';

const page = new URL('../../docs/reference/performance.md', import.meta.url);

/** @throws when a benchmark has no result yet, naming it */
export async function writePerformancePage(benches: { name: string; about: string }[]): Promise<void> {
  const sections = [];
  for (const { name, about } of benches) sections.push(section(about, await readResult(name)));
  await writeFile(
    page,
    [
      '# Performance',
      '',
      '<!-- Made by `npm run bench -- all --page`. -->',
      '',
      'Each figure was measured beside a peer or a physical limit in the same run; a ratio says more than a figure, whatever the',
      'machine. Run them on yours: `npm run bench -- all`.',
      '',
      ...sections,
    ].join('\n'),
  );
  console.log('wrote docs/reference/performance.md');
}

async function readResult(name: string): Promise<KeptResult> {
  try {
    return JSON.parse(await readFile(new URL(`../results/${name}.json`, import.meta.url), 'utf8'));
  } catch {
    throw new Error(`There is no result of ${name} yet: npm run bench -- ${name}`);
  }
}

function section(about: string, { name, rows, ratios, machine, at }: KeptResult): string {
  return [
    `## ${name}`,
    '',
    about,
    '',
    '| measured | |',
    '|---|--:|',
    ...rows.map((r) => `| ${r.name} | ${figure(r.value)} ${r.unit} |`),
    '',
    '| held to | measured | promised | |',
    '|---|--:|--:|---|',
    ...ratios.map(
      (r) =>
        `| ${r.name} | ${figure(r.value)} | ${r.atMost ? '≤' : '≥'} ${figure(r.target)} | ${r.ok ? 'kept' : '**missed**'} |`,
    ),
    '',
    `${at.slice(0, 10)}, ${machine.cores} cores (${machine.cpu}), Node ${machine.node.slice(1)}.`,
    '',
  ].join('\n');
}
