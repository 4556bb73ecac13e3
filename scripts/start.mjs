import './lib/require-node.mjs';
import { ensureConsoleBuilt } from './lib/console-build.mjs';
import { pinnedNode, rootDir, toolEnv } from './lib/environment.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { runForeground } from './lib/run.mjs';

await ensureInstalled();
await ensureConsoleBuilt();
process.exitCode = await runForeground([
  {
    file: pinnedNode,
    // Room for young objects hardly shrinks again: without a bound, one large import leaves tens of megabytes of it. Half of
    // this costs a tenth of the reservations a second; twice as much gains none.
    args: ['--max-semi-space-size=16', 'server/src/main.ts', ...process.argv.slice(2)],
    cwd: rootDir,
    // If we are killed without a chance to pass it on, the server sees that this process is gone.
    env: toolEnv({ TRADEPOST_PARENT_PID: String(process.pid) }),
  },
]);
