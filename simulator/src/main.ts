import { ConfigError, readConfig } from './config.ts';
import { startSimulator } from './index.ts';

/** BSD's EX_CONFIG: a wrong variable. */
const exitConfig = 78;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const simulator = await startSimulator(config);
  const stop = () => {
    simulator.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error instanceof Error ? error.message : String(error), 1),
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (config.parentPid !== null) endWithParent(config.parentPid, stop);
  console.log(`ready ${simulator.url}`);
}

/** A starter that was killed cannot stop us, so its process is looked for each second. */
function endWithParent(parentPid: number, stop: () => void): void {
  const timer = setInterval(() => {
    if (isAlive(parentPid)) return;
    clearInterval(timer);
    stop();
  }, 1000);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function fail(message: string, exitCode: number): void {
  console.error(message);
  process.exit(exitCode);
}

function explain(error: unknown, env: NodeJS.ProcessEnv): void {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof ConfigError) fail(message, exitConfig);
  else if (code === 'EADDRINUSE') {
    fail(`PORT ${env.PORT || '8100'} is taken: choose another, or 0 for any free one`, 1);
  } else if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    fail(`HOST=${JSON.stringify(env.HOST)} is wrong: an address of this machine`, exitConfig);
  } else fail(message, 1);
}

main().catch((error: unknown) => explain(error, process.env));
