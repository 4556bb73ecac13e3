/** Clients of accounts. The rate buckets of an account outlive its clients: they are what eMAG counts. */

import { EmagClient } from './emag/client.ts';
import { RateBucket, type RateLimit } from './emag/rate-limit.ts';

export interface ConnectionSettings {
  orderCalls: RateLimit;
  otherCalls: RateLimit;
  timeoutMs: number;
}

export type Connect = (login: { baseUrl: string; username: string; password: string }) => EmagClient;

export function createConnections(settings: ConnectionSettings): Connect {
  const buckets = new Map<string, { orderCalls: RateBucket; otherCalls: RateBucket }>();
  return (login) => {
    // eMAG limits by login, so two accounts of ours with one login share.
    const key = `${login.baseUrl} ${login.username}`;
    let own = buckets.get(key);
    if (own === undefined) {
      own = {
        orderCalls: new RateBucket(settings.orderCalls),
        otherCalls: new RateBucket(settings.otherCalls),
      };
      buckets.set(key, own);
    }
    return new EmagClient({ ...login, timeoutMs: settings.timeoutMs, ...own });
  };
}
