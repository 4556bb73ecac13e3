import { expect, test } from 'vitest';
import { readReport, summarise } from '../lib/test-report.mjs';

function report(...statuses: string[]) {
  const assertionResults = statuses.map((status, index) => ({ status, fullName: `test ${index}` }));
  return {
    numTotalTests: statuses.length,
    numPassedTests: statuses.filter((status) => status === 'passed').length,
    numFailedTests: statuses.filter((status) => status === 'failed').length,
    testResults: [{ name: 'a.test.ts', assertionResults }],
  };
}

const strict = { forbidSkips: true, allowNone: false };
const lenient = { forbidSkips: false, allowNone: true };

test('passed and failed tests are counted', () => {
  expect(readReport(report('passed', 'passed', 'failed'), strict)).toEqual({
    passed: 2,
    failed: 1,
    problems: [],
  });
});

test('no report, no test, and with CI a skipped test or a todo are problems', () => {
  expect(readReport(null, lenient).problems).toHaveLength(1);
  expect(readReport(report(), strict).problems).toEqual(['no test was found']);
  expect(readReport(report(), lenient).problems).toEqual([]);
  expect(readReport(report('passed', 'skipped', 'todo'), strict).problems).toHaveLength(3);
  expect(readReport(report('passed', 'skipped', 'todo'), lenient).problems).toEqual([]);
});

test('the last line counts tests, and a step that failed without one', () => {
  const table = summarise([
    { name: 'style', state: 'passed', seconds: 1 },
    { name: 'types', state: 'failed', seconds: 2 },
    { name: 'tests', state: 'failed', seconds: 3, passed: 40, failed: 2 },
    { name: 'acceptance', state: 'not run', seconds: 0 },
  ]);
  expect(table.split('\n').at(-1)).toBe('40 passed, 3 failed');
  expect(table).toMatch(/^types +2\.0 s {2}FAILED$/m);
  expect(table).toMatch(/^acceptance +not run$/m);
});
