import { type Dialect, defaultDialect } from './dialect.ts';
import { officialRateLimits, type RateLimits } from './http/rate-limit.ts';

/** What can be turned while the simulator runs. */
export interface Settings {
  /** null = off. */
  rateLimits: RateLimits | null;
  /** In total, spread over the accounts; 0 = none. */
  ordersPerMinute: number;
  /** Now and then one account fails for 20 to 60 s. */
  outages: boolean;
  /** Customers, eMAG's staff and colleagues that act by themselves. */
  actors: boolean;
  dialect: Dialect;
}

export const defaultSettings: Settings = {
  rateLimits: officialRateLimits,
  ordersPerMinute: 15,
  outages: false,
  actors: true,
  dialect: defaultDialect,
};
