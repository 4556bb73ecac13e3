/** The program as one process, which serves by itself. */
import type { Logger } from 'pino';
import type { Config } from '#platform/config';
import { createApp } from '../app.ts';
import type { Installation } from './installation.ts';
import { createAnnouncer, tend } from './tend.ts';

/** Returns once it serves and has said so. @param parts takes its end */
export async function serveAlone(deps: {
  config: Config;
  installation: Installation;
  log: Logger;
  parts: AsyncDisposableStack;
  stopped: AbortSignal;
  say: (line: string) => void;
}): Promise<void> {
  const { config, installation, log, stopped } = deps;
  const app = await createApp({ config, ...installation, log });
  deps.parts.defer(() => app.stop());
  stopped.throwIfAborted();
  const url = await app.listen();
  const announcer = createAnnouncer(deps.say);
  await tend(app, { config, url, greet: true, tell: announcer.tell });
  announcer.ready(url);
}
