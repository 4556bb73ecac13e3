import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProgram, installAdvice } from '../lib/system-parts.mjs';

const part = {
  name: 'Thing',
  variable: 'THING_PATH',
  programs: ['thing', 'old-thing'],
  packages: { 'apt-get': ['thing-server'], brew: ['thing'] },
};

test('a part is found by any of its names, and its variable comes first', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tp-parts-'));
  try {
    const program = join(dir, 'old-thing');
    writeFileSync(program, '#!/bin/sh\n');
    expect(findProgram(part, { PATH: `/nowhere:${dir}` }), 'not executable').toBe(null);
    chmodSync(program, 0o755);
    expect(findProgram(part, { PATH: `/nowhere:${dir}` })).toBe(program);
    expect(findProgram(part, { PATH: dir, THING_PATH: process.execPath })).toBe(process.execPath);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('the advice is a command of the package manager that is there', () => {
  expect(installAdvice(part, (program) => program === 'apt-get')).toContain(
    'sudo apt-get install -y thing-server',
  );
  expect(installAdvice(part, (program) => program === 'brew')).toContain('brew install thing');
  expect(installAdvice(part, () => false)).toContain('set THING_PATH');
});
