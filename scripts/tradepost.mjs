#!/usr/bin/env node
import './lib/require-node.mjs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureConsoleBuilt } from './lib/console-build.mjs';
import { pinnedNode, rootDir, toolEnv } from './lib/environment.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { exitCodeOf } from './lib/run.mjs';

await ensureInstalled();
if (process.argv[2] === 'serve') await ensureConsoleBuilt();

// The terminal itself is passed on, for a password may be asked for; so its Ctrl-C reaches the program too, which takes
// a signal that comes at once again for the same wish.
const child = spawn(pinnedNode, ['server/src/cli/main.ts', ...process.argv.slice(2)], {
  cwd: rootDir,
  env: toolEnv({
    TRADEPOST_PARENT_PID: String(process.pid),
    // Half the time of a short command is compiling. Beside the packages, not in /tmp, where others could leave code for us.
    ...(process.argv[2] !== 'serve' && {
      NODE_COMPILE_CACHE: join(rootDir, 'node_modules', '.cache', 'tradepost'),
    }),
  }),
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('exit', (code, signal) => process.exit(exitCodeOf(code, signal)));
