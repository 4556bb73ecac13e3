import './lib/require-node.mjs';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureConsoleBuilt } from './lib/console-build.mjs';
import { readJson, rootDir, toolEnv, toolPath } from './lib/environment.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { exitCodeOf } from './lib/run.mjs';
import { ensureSystemParts } from './lib/system-parts.mjs';
import { readReport, summarise } from './lib/test-report.mjs';

// `npm test -- [--keep-going] [arguments of Vitest]`
const keepGoing = process.argv.includes('--keep-going');
const vitestArgs = process.argv.slice(2).filter((arg) => arg !== '--keep-going');
const isFiltered = vitestArgs.length > 0;

await ensureInstalled();
const env = toolEnv(await ensureSystemParts());
await ensureConsoleBuilt();

const workspaces = readJson(join(rootDir, 'package.json')).workspaces;
const steps = [
  { name: 'style', command: ['biome', 'check', '.'] },
  ...workspaces
    .filter((workspace) => existsSync(join(rootDir, workspace, 'tsconfig.json')))
    .map((workspace) => ({ name: `types of ${workspace}`, command: ['tsc', '--noEmit', '-p', workspace] })),
  { name: 'unused code', command: ['knip'] },
  { name: 'tests', command: ['vitest', 'run'], isVitest: true },
  {
    name: 'acceptance',
    command: ['vitest', 'run', '--config', 'acceptance/vitest.config.ts'],
    isVitest: true,
  },
].map((step) => ({ ...step, state: 'not run', seconds: 0 }));

const scratchDir = mkdtempSync(join(tmpdir(), 'tradepost-test-'));
// Ctrl-C reaches the tool that runs, too; it cleans up and we wait for it. Other signals reach only us.
let interruptedBy = null;
let running = null;
process.on('SIGINT', (signal) => {
  interruptedBy = signal;
});
process.on('SIGTERM', (signal) => {
  interruptedBy = signal;
  running?.kill(signal);
});

for (const step of steps) {
  console.log(`\n── ${step.name}`);
  const startedAtMs = Date.now();
  await (step.isVitest ? runVitest(step) : runCheck(step));
  step.seconds = (Date.now() - startedAtMs) / 1000;
  if (interruptedBy || (step.state === 'failed' && !keepGoing)) break;
}
rmSync(scratchDir, { recursive: true });

const noneRan = !steps.some((step) => step.passed > 0 || step.failed > 0);
const isFailed = steps.some((step) => step.state === 'failed');
console.log(`\n${summarise(steps)}`);
if (noneRan && !isFailed) console.log('No test was found.');
process.exitCode = interruptedBy ? exitCodeOf(null, interruptedBy) : isFailed || noneRan ? 1 : 0;

async function runCheck(step) {
  step.state = (await run(step.command)) === 0 ? 'passed' : 'failed';
}

async function runVitest(step) {
  const reportPath = join(scratchDir, `${step.name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`];
  // A filter may well match in one of the two steps only; that none matches at all is seen at the end.
  const code = await run([
    ...step.command,
    ...reporters,
    ...(isFiltered ? ['--passWithNoTests'] : []),
    ...vitestArgs,
  ]);
  const report = readReport(existsSync(reportPath) ? readJson(reportPath) : null, {
    forbidSkips: Boolean(process.env.CI) && !isFiltered,
    allowNone: isFiltered,
  });
  Object.assign(step, { passed: report.passed, failed: report.failed });
  step.state = code === 0 && report.problems.length === 0 ? 'passed' : 'failed';
  for (const problem of report.problems) console.log(`${step.name}: ${problem}`);
}

/** Runs an installed tool with our own terminal; returns its exit code. */
function run([tool, ...args]) {
  const child = spawn(toolPath(tool), args, { cwd: rootDir, env, stdio: 'inherit' });
  running = child;
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.on('exit', (code, signal) => resolve(exitCodeOf(code, signal)));
  });
}
