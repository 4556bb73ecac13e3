import type { PlatformKey } from './platforms.ts';

/** One seller login on one platform. Requests are told apart by `username`. */
export interface AccountSettings {
  name: string;
  tenant: string;
  username: string;
  password: string;
  platform: PlatformKey;
  /** Fulfilled by eMAG: gives type 2 orders, and its stock cannot be written by the seller. */
  fbe: boolean;
  /** Addresses that may call; null = all. */
  ips: readonly string[] | null;
}

/** One shop with both logins, and a second shop. The passwords are no secret: they open invented data only. */
export const defaultAccounts: readonly AccountSettings[] = [
  account('MAIN', 'northwind', 'main@northwind.example', false),
  account('FBE', 'northwind', 'fbe@northwind.example', true),
  account('MAIN', 'eastwind', 'main@eastwind.example', false),
];

function account(name: string, tenant: string, username: string, fbe: boolean): AccountSettings {
  const password = `sandbox-${tenant}-${name.toLowerCase()}`;
  return { name, tenant, username, password, platform: 'emag_ro', fbe, ips: null };
}
