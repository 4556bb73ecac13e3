/** What one process does for all of them: the demo with its marketplace, and the link that makes the first owner. */
import { join } from 'node:path';
import type { DemoTenant } from '#flows/demo';
import type { Config } from '#platform/config';
import type { App } from '../app.ts';

/**
 * @param greet tell a person how to begin: at the start of the program, not when another process takes this over
 * @param tell for lines that come after `ready`, some of them perhaps much later
 */
export async function tend(
  app: App,
  options: {
    config: Config;
    url: string;
    greet: boolean;
    tell: (line: string) => void;
    /** Addresses that marketplace accounts of the demo may use from now on. */
    onBaseUrls?: (baseUrls: string[]) => void;
  },
): Promise<void> {
  const { config, url, greet, tell } = options;
  const hasDemo =
    config.demo.enabled &&
    (await app.demo.start({
      url,
      ...config.demo,
      onUp(tenants, baseUrls) {
        options.onBaseUrls?.(baseUrls);
        if (greet) tellHowToTry(tenants[0]!);
      },
    }));
  const setupUrl = greet && !hasDemo ? await app.identity.makeSetupUrl(url) : null;
  if (setupUrl !== null) tell(`setup ${setupUrl}`);

  function tellHowToTry({ email, password, apiKey }: DemoTenant): void {
    tell(
      `Sign in as ${email} with the password ${password} (both also in ${join(config.dataDir, 'demo.json')}), or try:`,
    );
    tell(`curl -s -H 'Authorization: Bearer ${apiKey}' '${url}/api/v1/orders?limit=3'`);
  }
}

/** Prints `ready`, and holds back until then what is to follow it. */
export function createAnnouncer(say: (line: string) => void): {
  ready(url: string): void;
  tell(line: string): void;
} {
  let held: string[] | null = [];
  return {
    ready(url) {
      say(`ready ${url}`);
      for (const line of held ?? []) say(line);
      held = null;
    },
    tell(line) {
      if (held === null) say(line);
      else held.push(line);
    },
  };
}
