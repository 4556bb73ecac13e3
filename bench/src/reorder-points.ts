/**
 * `TRADEPOST_SHARED_DATA=<folder> node bench/src/reorder-points.ts`: our reorder points on 823 items of the M5 data set, beside
 * what a reference program found on the same days (`forecasting/reference_results.json` there). The data may not be shipped,
 * so this is no test. Exit code 1 when a share is off by more than a thousandth.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { reorderPointOf } from '../../server/src/modules/purchasing/reorder/reorder-point.ts';

const folder = process.env.TRADEPOST_SHARED_DATA;
if (folder === undefined) {
  console.error('TRADEPOST_SHARED_DATA must name the folder that holds forecasting/.');
  process.exit(64);
}
const read = (name: string): Buffer => readFileSync(join(folder, 'forecasting', name));

interface Simulation {
  'target_0.95': Record<string, { achieved: number; mean_level: number }>;
  'target_0.98': Record<string, { achieved: number; mean_level: number }>;
}
const { inventory_simulation_m5_subset: reference } = JSON.parse(String(read('reference_results.json'))) as {
  inventory_simulation_m5_subset: Simulation;
};
const items = gunzipSync(read('m5_foods3_tx3.csv.gz'))
  .toString()
  .trim()
  .split('\n')
  .slice(1)
  .map((row) => row.split(',').slice(1).map(Number));

const cycleDays = 8;
const origins = [1913, 1920, 1927, 1934, 1941, 1948, 1955];
let isOff = false;
for (const target of ['target_0.95', 'target_0.98'] as const) {
  for (const method of ['normal', 'empirical'] as const) {
    const rule = { method, serviceLevel: Number(target.slice(7)), cycleDays };
    let covered = 0;
    let points = 0;
    for (const sales of items) {
      for (const origin of origins) {
        const point = reorderPointOf(sales.slice(0, origin), rule);
        const sold = sales.slice(origin, origin + cycleDays).reduce((sum, day) => sum + day, 0);
        points += point;
        if (sold <= point) covered += 1;
      }
    }
    const cycles = items.length * origins.length;
    const achieved = covered / cycles;
    const [, theirs] = Object.entries(reference[target]).find(([name]) => name.startsWith(method))!;
    isOff ||= Math.abs(achieved - theirs.achieved) > 0.001;
    console.log(
      `${target} ${method}: ${achieved.toFixed(3)} of ${cycles} cycles covered by ${(points / cycles).toFixed(1)} pieces; reference ${theirs.achieved} by ${theirs.mean_level}`,
    );
  }
}
process.exit(isOff ? 1 : 0);
