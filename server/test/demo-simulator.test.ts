import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startSimulatorProcess } from '../src/flows/demo/simulator-process.ts';

/** Serves, fails twice to come back, serves again: each run leaves a line. */
const fickle = `
import { appendFileSync, readFileSync } from 'node:fs';
const runs = process.env.DATA_DIR + '/runs';
appendFileSync(runs, 'run\\n');
const run = readFileSync(runs, 'utf8').split('\\n').length - 1;
if (run === 2 || run === 3) process.exit(1);
console.log('ready http://127.0.0.1:' + (process.env.PORT === '0' ? '4321' : process.env.PORT));
if (run === 1) setTimeout(() => process.exit(1), 100);
else { appendFileSync(runs, 'back on ' + process.env.PORT); setInterval(() => {}, 1000); }
`;

test('a simulator that fails to come back is tried again, at the same address', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tradepost-simulator-'));
  const program = join(dataDir, 'fickle.mjs');
  writeFileSync(program, fickle);
  writeFileSync(join(dataDir, 'simulator.json'), JSON.stringify({ url: '', accounts: [] }));
  const log = pino({ level: 'silent' });
  const simulator = await startSimulatorProcess({
    dataDir,
    ordersPerMinute: 1,
    log,
    program,
    firstPauseMs: 1,
  });
  await expect
    .poll(() => readFileSync(join(dataDir, 'runs'), 'utf8'), { timeout: 10_000 })
    .toBe(`${'run\n'.repeat(4)}back on 4321`);
  await simulator.stop();
  rmSync(dataDir, { recursive: true });
});
