import './lib/require-node.mjs';
import { ensureConsoleBuilt } from './lib/console-build.mjs';
import { toolEnv } from './lib/environment.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { ensureSystemParts } from './lib/system-parts.mjs';
import { acceptanceAlone, acceptanceOverTwo, runSteps } from './lib/test-steps.mjs';

// Every acceptance test as one process without Redis, and over two with it: `npm run test:matrix -- [--keep-going] [arguments of Vitest]`
await ensureInstalled();
const env = toolEnv(await ensureSystemParts());
await ensureConsoleBuilt();
await runSteps([acceptanceAlone, acceptanceOverTwo], { args: process.argv.slice(2), env });
