/** Clients of accounts. The rate buckets of an account outlive its clients: they are what eMAG counts. */

import type { AccountLogin } from './accounts.ts';
import { EmagClient } from './emag/client.ts';
import { RateBucket, type RateLimit } from './emag/rate-limit.ts';

export interface ConnectionSettings {
  orderCalls: RateLimit;
  otherCalls: RateLimit;
  timeoutMs: number;
}

export type Connect = (account: AccountLogin) => EmagClient;

export function createConnections(settings: ConnectionSettings): Connect {
  const buckets = new Map<string, { orderCalls: RateBucket; otherCalls: RateBucket }>();
  return (account) => {
    // eMAG limits by login, so two accounts of ours with one login share.
    const key = `${account.baseUrl} ${account.username}`;
    let own = buckets.get(key);
    if (own === undefined) {
      own = {
        orderCalls: new RateBucket(settings.orderCalls),
        otherCalls: new RateBucket(settings.otherCalls),
      };
      buckets.set(key, own);
    }
    return new EmagClient({ ...account, timeoutMs: settings.timeoutMs, ...own });
  };
}
