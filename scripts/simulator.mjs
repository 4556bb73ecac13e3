import './lib/require-node.mjs';
import { pinnedNode, rootDir, toolEnv } from './lib/environment.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { runForeground } from './lib/run.mjs';

await ensureInstalled();
process.exitCode = await runForeground([
  {
    file: pinnedNode,
    args: ['simulator/src/main.ts', ...process.argv.slice(2)],
    cwd: rootDir,
    env: toolEnv(),
  },
]);
