/** What the interface test knows of one call, event, task, setting or figure that callers of older back ends rely on. */
import { expect } from 'vitest';
import type { Marketplace } from '../support/marketplace.ts';
import type { TestOwner, TestTenant } from '../support/tenants.ts';
import type { Tradepost } from '../support/tradepost.ts';

export interface World {
  app: Tradepost;
  marketplace: Marketplace;
  owner: TestOwner;
  tenant: TestTenant;
}

export interface Row {
  /** As its callers write it. */
  call: string;
  does: string;
  /**
   * A function tries it from outside; `heldBy` names the test or benchmark that does; `comesWith` says that it is not
   * there yet, and with what it comes.
   */
  holds: ((world: World) => Promise<void>) | { heldBy: string; test: string } | { comesWith: string };
}

/** The call answers the same at `/api/v1/x`, `/api/x`, and with a slash behind. */
export async function sameEverywhere(
  { app, tenant }: World,
  path: string,
  fits: (body: unknown) => void,
): Promise<void> {
  for (const url of [`/api/v1${path}`, `/api${path}`, `/api${path.replace(/(\?|$)/, '/$1')}`]) {
    const answer = await fetch(app.url + url, { headers: { authorization: `Bearer ${tenant.apiKey}` } });
    expect([url, answer.status]).toEqual([url, 200]);
    fits(await answer.json());
  }
}
