import './lib/require-node.mjs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureConsoleBuilt } from './lib/console-build.mjs';
import { readJson, rootDir, toolEnv } from './lib/environment.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { ensureSystemParts } from './lib/system-parts.mjs';
import { acceptanceAlone, acceptanceOverTwo, runSteps } from './lib/test-steps.mjs';

// `npm test -- [--keep-going] [arguments of Vitest]`
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
  acceptanceAlone,
  // What several processes could break; `npm run test:matrix` runs all of it.
  { ...acceptanceOverTwo, files: ['websocket', 'inventory-http', 'sessions'] },
];
await runSteps(steps, { args: process.argv.slice(2), env });
