import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the checkout. */
export const rootDir = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

const binDir = join(rootDir, 'node_modules', '.bin');

/** The pinned Node, by which everything but these scripts runs. */
export const pinnedNode = join(binDir, 'node');

/** Path of an installed package's program. */
export function toolPath(name) {
  return join(binDir, name);
}

/** Our environment with the pinned Node and the installed tools first in PATH. */
export function toolEnv(extra = {}) {
  return { ...process.env, PATH: `${binDir}${delimiter}${process.env.PATH ?? ''}`, ...extra };
}

/** PATH without any node_modules/.bin: npm must not run on the Node that it is about to replace. */
export function systemPath(path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .filter((dir) => !/node_modules\/\.bin\/?$/.test(dir))
    .join(delimiter);
}

export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Prints to stderr; stdout belongs to the program that we start. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Ends the script with what failed and what to do about it. */
export function fail(text) {
  say(`\n${text}`);
  process.exit(1);
}
