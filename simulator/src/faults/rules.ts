import type { Random } from '../random.ts';
import type { SellerAccount } from '../seller-account.ts';
import type { FaultAction } from './actions.ts';

export interface FaultMatch {
  /** `order/read`; matches longer paths below it too, as `order/acknowledge` does `order/acknowledge/7`. */
  route?: string;
  method?: string;
  /** Username. */
  account?: string;
  /** Fires only on the n-th request that meets all else, counted from 1. */
  nth?: number;
  bodyContains?: string;
}

/** Source: emag-api.md 7.6. */
export interface FaultRule {
  match: FaultMatch;
  /** 0 to 1; default 1. */
  probability: number;
  /** Fires at most so often; null = always. */
  times: number | null;
  /** `before` replaces or bends the request, `after` lets it take effect and spoils the answer. */
  stage: FaultStage;
  action: FaultAction;
}

export type FaultStage = 'before' | 'after';

export interface Fault extends FaultRule {
  id: number;
  /** Requests that met the match. */
  met: number;
  fired: number;
}

export class FaultRules {
  #rules: Fault[] = [];
  #lastId = 0;

  add(rules: readonly FaultRule[]): number[] {
    return rules.map((rule) => {
      this.#lastId += 1;
      this.#rules.push({ ...rule, id: this.#lastId, met: 0, fired: 0 });
      return this.#lastId;
    });
  }

  clear(): void {
    this.#rules = [];
  }

  list(): readonly Fault[] {
    return this.#rules;
  }

  /** The faults a request meets, in the order they were added. */
  meet(
    request: { method: string; route: string; account: SellerAccount | null; body: string },
    random: Random,
  ): Fault[] {
    return this.#rules.filter((rule) => {
      const { match } = rule;
      if (match.route !== undefined && !isUnder(request.route, match.route)) return false;
      if (match.method !== undefined && match.method !== request.method) return false;
      if (match.account !== undefined && match.account !== request.account?.settings.username) return false;
      if (match.bodyContains !== undefined && !request.body.includes(match.bodyContains)) return false;
      rule.met += 1;
      if (match.nth !== undefined && rule.met !== match.nth) return false;
      if (rule.times !== null && rule.fired >= rule.times) return false;
      if (!random.chance(rule.probability)) return false;
      rule.fired += 1;
      return true;
    });
  }
}

function isUnder(route: string, wanted: string): boolean {
  return route === wanted || route.startsWith(`${wanted}/`);
}
