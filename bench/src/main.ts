/** `npm run bench -- <name> …`: runs benchmarks, prints figures and ratios, writes bench/results/<name>.json. Exit code 1 when a target is missed. */
import { report } from './report.ts';

const benches: Record<string, () => Promise<{ run(): Promise<import('./report.ts').BenchResult> }>> = {
  reserve: () => import('./reserve.ts'),
  import: () => import('./import.ts'),
  start: () => import('./start.ts'),
  tasks: () => import('./tasks.ts'),
  notify: () => import('./notify.ts'),
};

const names = process.argv.slice(2).filter((a) => !a.startsWith('-'));
const unknown = names.filter((n) => !(n in benches));
if (names.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`No benchmark is called ${unknown.join(', ')}.`);
  console.error(`Usage: npm run bench -- <name> …   (names: ${Object.keys(benches).join(', ')}, all)`);
  process.exit(64);
}
let missed = false;
for (const name of names) {
  const result = await (await benches[name]!()).run();
  await report(result);
  missed ||= result.ratios.some((r) => !r.ok);
}
process.exit(missed ? 1 : 0);
