import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { fail } from './environment.mjs';
import { runWithProgress } from './run.mjs';

/**
 * What the tests need from the operating system: any one of `programs`, or what `variable` names. `packages` are
 * alternatives, by package manager.
 */
const systemParts = [
  {
    name: 'Chromium',
    variable: 'CHROMIUM_PATH',
    programs: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    packages: { 'apt-get': ['chromium', 'chromium-browser'], dnf: ['chromium'], brew: ['--cask chromium'] },
  },
  {
    name: 'Redis',
    variable: 'REDIS_SERVER_PATH',
    programs: ['redis-server', 'valkey-server'],
    packages: { 'apt-get': ['redis-server'], dnf: ['redis'], brew: ['redis'] },
  },
];

/** The exact command per package manager. */
const installCommands = {
  'apt-get': (name) => `sudo apt-get install -y ${name}`,
  dnf: (name) => `sudo dnf install -y ${name}`,
  brew: (name) => `brew install ${name}`,
};

/**
 * Makes sure of all parts and returns the variables that lead to them. As root with apt-get it installs what is
 * missing; elsewhere it names the command and ends the script with 1.
 */
export async function ensureSystemParts(parts = systemParts) {
  const variables = {};
  for (const part of parts) {
    if (findProgram(part) === null) await install(part);
    const program = findProgram(part);
    const problem = program === null ? 'it is not in PATH' : whyItDoesNotRun(program);
    if (problem !== null) {
      fail(
        `${part.name} is installed but cannot be used: ${problem}.\nSet ${part.variable} to one that runs.`,
      );
    }
    variables[part.variable] = program;
  }
  return variables;
}

/** Path of the part's program: the one that its variable names, else the first in PATH; null when there is none. */
export function findProgram(part, env = process.env) {
  const named = env[part.variable];
  if (named) {
    if (isExecutable(named)) return named;
    fail(`${part.variable} is ${named}, which is no program that can be run.`);
  }
  const dirs = (env.PATH ?? '').split(delimiter);
  for (const program of part.programs) {
    const paths = isAbsolute(program) ? [program] : dirs.map((dir) => join(dir, program));
    const found = paths.find(isExecutable);
    if (found) return found;
  }
  return null;
}

/** What to type to get the part, for the package manager of this machine. */
export function installAdvice(part, isPresent = (program) => findProgram({ programs: [program] }) !== null) {
  const manager = Object.keys(part.packages).find(isPresent);
  const otherwise = `or set ${part.variable} to one that you have`;
  if (!manager) return `Install it with your package manager, ${otherwise}.`;
  return `Install it, ${otherwise}:\n\n  ${installCommands[manager](part.packages[manager][0])}`;
}

async function install(part) {
  const names = part.packages['apt-get'] ?? [];
  const apt = findProgram({ programs: ['apt-get'] });
  if (!apt || names.length === 0 || process.getuid?.() !== 0) {
    fail(`The tests need ${part.name}, which is not on this machine. ${installAdvice(part)}`);
  }
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const wait = ['-q', '-o', 'DPkg::Lock::Timeout=120'];
  const update = () => runWithProgress('Reading the package lists', apt, [...wait, 'update'], options);
  const installPackage = (name) =>
    runWithProgress(
      `Installing ${part.name}`,
      apt,
      [...wait, 'install', '-y', '--no-install-recommends', name],
      options,
    );

  let updated = false;
  if (!names.some(isKnownToApt)) {
    await update();
    updated = true;
  }
  const name = names.find(isKnownToApt) ?? names[0];
  let result = await installPackage(name);
  if (result.code !== 0 && !updated) {
    // Old lists name files that the mirror no longer has.
    await update();
    result = await installPackage(name);
  }
  if (result.code !== 0) {
    fail(`apt-get could not install ${name}:\n${result.output.trim().split('\n').slice(-15).join('\n')}`);
  }
}

function isKnownToApt(name) {
  try {
    execFileSync('apt-cache', ['show', '--no-all-versions', name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function whyItDoesNotRun(program) {
  try {
    execFileSync(program, ['--version'], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 30_000 });
    return null;
  } catch (error) {
    return `${program} --version: ${String(error.stderr || error.message).trim()}`;
  }
}
