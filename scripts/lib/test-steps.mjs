import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJson, rootDir, toolPath } from './environment.mjs';
import { exitCodeOf } from './run.mjs';
import { readReport, summarise } from './test-report.mjs';

/**
 * Runs checks one after the other until one fails (all of them when one asks to keep going), prints the table and the line
 * `N passed, N failed`, and sets the exit code. A step is `{ name, command }`, for Vitest with `isVitest`, with `env` for
 * what it sets beside `env`, with `files` for those that it runs of a suite.
 *
 * `args` are what the user gave: `[--keep-going] [arguments of Vitest]`.
 */
export async function runSteps(wanted, { args, env }) {
  const keepGoing = args.includes('--keep-going');
  const vitestArgs = args.filter((arg) => arg !== '--keep-going');
  const isFiltered = vitestArgs.length > 0;
  const steps = wanted
    // With files named by the user a chosen piece of a suite is of no use beside the suite itself.
    .filter((step) => !(isFiltered && step.files))
    .map((step) => ({ ...step, state: 'not run', seconds: 0 }));
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
    step.state = (await run(step.command, step.env)) === 0 ? 'passed' : 'failed';
  }

  async function runVitest(step) {
    const reportPath = join(scratchDir, `${step.name}.json`);
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`];
    // A filter may well match in one of the steps only; that none matches at all is seen at the end.
    const filter = isFiltered ? ['--passWithNoTests', ...vitestArgs] : (step.files ?? []);
    const code = await run([...step.command, ...reporters, ...filter], step.env);
    const report = readReport(existsSync(reportPath) ? readJson(reportPath) : null, {
      forbidSkips: Boolean(process.env.CI) && !isFiltered,
      allowNone: isFiltered,
    });
    Object.assign(step, { passed: report.passed, failed: report.failed });
    step.state = code === 0 && report.problems.length === 0 ? 'passed' : 'failed';
    for (const problem of report.problems) console.log(`${step.name}: ${problem}`);
  }

  /** Runs an installed tool with our own terminal; returns its exit code. */
  function run([tool, ...toolArgs], extraEnv = {}) {
    const child = spawn(toolPath(tool), toolArgs, {
      cwd: rootDir,
      env: { ...env, ...extraEnv },
      stdio: 'inherit',
    });
    running = child;
    return new Promise((resolve) => {
      child.on('error', (error) => {
        console.error(error.message);
        resolve(127);
      });
      child.on('exit', (code, signal) => resolve(exitCodeOf(code, signal)));
    });
  }
}

const acceptance = {
  command: ['vitest', 'run', '--config', 'acceptance/vitest.config.ts'],
  isVitest: true,
};

/** The program from outside, as one process without Redis. */
export const acceptanceAlone = { ...acceptance, name: 'acceptance' };

/** The same tests before two processes and a Redis. */
export const acceptanceOverTwo = {
  ...acceptance,
  name: 'acceptance, 2 processes',
  env: { TRADEPOST_TEST_PROCESSES: '2' },
};
