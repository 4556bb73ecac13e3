import type { AccountSettings } from '../accounts.ts';
import { type Dialect, dialectChoices } from '../dialect.ts';
import { officialRateLimits, type RateLimits, type RateWindow } from '../http/rate-limit.ts';
import { isPlatformKey, type PlatformKey, platforms } from '../platforms.ts';
import type { Settings } from '../settings.ts';
import {
  booleanIn,
  ControlError,
  choiceIn,
  integerIn,
  listIn,
  numberIn,
  objectIn,
  required,
  switchIn,
  textIn,
} from './input.ts';

/** `POST /__sandbox/settings`: what is named changes, the rest stays. */
export function readSettings(body: unknown, current: Settings): Settings {
  const fields = objectIn(body, 'body', ['rateLimits', 'ordersPerMinute', 'outages', 'actors', 'dialect']);
  return {
    rateLimits: readRateLimits(fields.rateLimits, current.rateLimits),
    ordersPerMinute: numberIn(fields, 'ordersPerMinute', 0, 60_000) ?? current.ordersPerMinute,
    outages: switchIn(fields, 'outages') ?? current.outages,
    actors: switchIn(fields, 'actors') ?? current.actors,
    dialect: readDialect(fields.dialect ?? {}, current.dialect),
  };
}

/** `on` (the official figures), `off`, or other windows per bucket. */
function readRateLimits(value: unknown, current: RateLimits | null): RateLimits | null {
  if (value === undefined) return current;
  if (typeof value !== 'object') {
    return switchIn({ rateLimits: value }, 'rateLimits') ? officialRateLimits : null;
  }
  const buckets = objectIn(value, 'rateLimits', ['order', 'other']);
  const windows = (bucket: 'order' | 'other'): readonly RateWindow[] => {
    const given = buckets[bucket];
    if (given === undefined) return (current ?? officialRateLimits)[bucket];
    const rows = listIn(given, `rateLimits.${bucket}`);
    if (rows.length === 0) throw new ControlError(`rateLimits.${bucket} needs a window`);
    return rows.map((row) => {
      const window = objectIn(row, `rateLimits.${bucket}`, ['windowMs', 'max']);
      return {
        windowMs: required(integerIn(window, 'windowMs', 100, 3_600_000), 'windowMs'),
        max: required(integerIn(window, 'max', 1, 1_000_000), 'max'),
      };
    });
  };
  return { order: windows('order'), other: windows('other') };
}

function readDialect(value: unknown, current: Dialect): Dialect {
  const keys = Object.keys(current);
  const fields = objectIn(value, 'dialect', keys);
  for (const key of Object.keys(fields)) {
    const choices = dialectChoices[key];
    if (choices) choiceIn(fields, key, choices);
    else integerIn(fields, key, 0, 3_600_000);
  }
  return { ...current, ...fields };
}

/** An account as `SIMULATOR_ACCOUNTS` and `POST /__sandbox/accounts` write it. */
export function readAccount(value: unknown): AccountSettings {
  const keys = ['name', 'tenant', 'username', 'password', 'platform', 'fbe', 'ips'];
  const fields = objectIn(value, 'account', keys);
  const username = required(textIn(fields, 'username'), 'username');
  if (username.includes(':')) throw new ControlError('username must not contain a colon');
  const platform = choiceIn(fields, 'platform', Object.keys(platforms)) ?? 'emag_ro';
  const ips = fields.ips === undefined || fields.ips === null ? null : listIn(fields.ips, 'ips').map(String);
  return {
    name: textIn(fields, 'name') ?? username,
    tenant: textIn(fields, 'tenant') ?? 'sandbox',
    username,
    password: required(textIn(fields, 'password'), 'password'),
    platform: asPlatformKey(platform),
    fbe: booleanIn(fields, 'fbe') ?? false,
    ips,
  };
}

function asPlatformKey(value: string): PlatformKey {
  if (!isPlatformKey(value)) throw new ControlError('platform is unknown');
  return value;
}
