/**
 * What a run of Vitest says, from its JSON report. `report` is null when it ended without one.
 * `forbidSkips` and `allowNone` make the two silent ways of passing, skipping and finding no test, into problems or not.
 */
export function readReport(report, { forbidSkips, allowNone }) {
  if (report === null) return { passed: 0, failed: 0, problems: ['it ended without a report'] };
  const skipped = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status !== 'passed' && test.status !== 'failed')
      .map((test) => `${test.status}: ${test.fullName} (${file.name})`),
  );
  const problems = [];
  if (report.numTotalTests === 0 && !allowNone) problems.push('no test was found');
  if (forbidSkips && skipped.length > 0) problems.push('with CI set nothing may be skipped', ...skipped);
  return { passed: report.numPassedTests, failed: report.numFailedTests, problems };
}

/**
 * The table of steps and the line `N passed, N failed`. A step that failed without a failed test (a type error, a
 * crash) counts as one failure, so that the line never says 0 failed of a failed run.
 */
export function summarise(steps) {
  const width = Math.max(...steps.map((step) => step.name.length));
  const rows = steps.map((step) => {
    const state = { passed: 'ok', failed: 'FAILED', 'not run': 'not run' }[step.state];
    const seconds = step.state === 'not run' ? '' : `${step.seconds.toFixed(1)} s`;
    return `${step.name.padEnd(width)}  ${seconds.padStart(8)}  ${state}`;
  });
  const passed = sum(steps.map((step) => step.passed ?? 0));
  const failed = sum(steps.map((step) => Math.max(step.failed ?? 0, step.state === 'failed' ? 1 : 0)));
  return `${rows.join('\n')}\n\n${passed} passed, ${failed} failed`;
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
