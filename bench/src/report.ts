/** What a benchmark gives, and how it is printed: figures, and ratios against a peer or limit measured in the same run. */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';

export interface BenchResult {
  name: string;
  rows: { name: string; value: number; unit: string }[];
  /** `value` is at least (or with `atMost`, at most) `target` when `ok`. */
  ratios: { name: string; value: number; target: number; atMost?: boolean; ok: boolean }[];
}

/** As it lies in bench/results. */
export interface KeptResult extends BenchResult {
  machine: { cores: number; cpu: string; node: string };
  /** Instant of the run. */
  at: string;
}

export function ratio(
  name: string,
  value: number,
  target: number,
  atMost = false,
): BenchResult['ratios'][number] {
  return { name, value, target, atMost, ok: atMost ? value <= target : value >= target };
}

/** The middle of an odd number of runs. */
export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

export const figure = (value: number): string =>
  value.toLocaleString('en', {
    maximumFractionDigits: Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 1 : 3,
  });

export async function report(result: BenchResult): Promise<void> {
  const width = Math.max(...[...result.rows, ...result.ratios].map((r) => r.name.length));
  console.log(`\n${result.name}`);
  for (const row of result.rows)
    console.log(`  ${row.name.padEnd(width)}  ${figure(row.value).padStart(12)} ${row.unit}`);
  for (const r of result.ratios) {
    console.log(
      `  ${r.name.padEnd(width)}  ${figure(r.value).padStart(12)} ${r.ok ? '✓' : '✗'} (${r.atMost ? 'at most' : 'at least'} ${figure(r.target)})`,
    );
  }
  const dir = new URL('../results/', import.meta.url);
  await mkdir(dir, { recursive: true });
  const machine = { cores: cpus().length, cpu: cpus()[0]?.model ?? 'unknown', node: process.version };
  const kept: KeptResult = { ...result, machine, at: new Date().toISOString() };
  await writeFile(new URL(`${result.name}.json`, dir), `${JSON.stringify(kept, null, 2)}\n`);
}
