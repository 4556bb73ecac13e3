import './lib/require-node.mjs';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode, rootDir, say, toolEnv } from './lib/environment.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { runForeground } from './lib/run.mjs';

await ensureInstalled();

const commands = [
  {
    // Watches every file that the server imports, contracts included.
    file: pinnedNode,
    args: ['--watch', '--watch-preserve-output', 'server/src/main.ts', ...process.argv.slice(2)],
    cwd: rootDir,
    env: toolEnv({ TRADEPOST_PARENT_PID: String(process.pid) }),
  },
];
if (existsSync(join(rootDir, 'console', 'index.html'))) {
  const serverUrl = `http://127.0.0.1:${serverPort()}`;
  say(`The console reloads as you edit it, with ${serverUrl} behind it; its own address follows.`);
  commands.push({
    file: pinnedNode,
    args: [join(rootDir, 'node_modules', 'vite', 'bin', 'vite.js'), '--clearScreen', 'false'],
    cwd: join(rootDir, 'console'),
    env: toolEnv({ TRADEPOST_URL: serverUrl }),
  });
}
process.exitCode = await runForeground(commands);

/** The port on which the server will listen: the environment's, else the one in .env, else its default. */
function serverPort() {
  const envPath = join(rootDir, '.env');
  const text = existsSync(envPath) ? readFileSync(envPath, 'utf8') : '';
  return process.env.PORT || /^\s*PORT\s*=\s*["']?(\d+)/m.exec(text)?.[1] || '8000';
}
