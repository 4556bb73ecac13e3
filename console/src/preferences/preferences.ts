/** How a person wants the screen, whatever page is on it. */
import { type Kept, oneOf } from './kept.ts';

export const densities = ['comfortable', 'compact'] as const;
export type Density = (typeof densities)[number];

/** Height of a table's rows. */
export const densityKept: Kept<Density> = {
  key: 'density',
  fallback: 'comfortable',
  valid: oneOf(densities),
};

/** `system`: as the machine; `tenant`: as the shop; else a name of the IANA list, such as `Europe/Bucharest`. */
export const zoneKept: Kept<string> = {
  key: 'time-zone',
  fallback: 'system',
  valid: (value): value is string => typeof value === 'string' && (isZoneWord(value) || isTimeZone(value)),
};

/** The shop's zone as last heard from the server, so that times are right from the first moment of the next visit. */
export const tenantZoneKept: Kept<string | null> = {
  key: 'shop-time-zone',
  fallback: null,
  valid: (value): value is string | null => value === null || typeof value === 'string',
};

export const clocks = ['language', '24', '12'] as const;
export type Clock = (typeof clocks)[number];

/** Whether the afternoon begins at 13 or at 1; `language`: as the language is used to. */
export const clockKept: Kept<Clock> = { key: 'clock', fallback: 'language', valid: oneOf(clocks) };

function isZoneWord(value: string): boolean {
  return value === 'system' || value === 'tenant';
}

/** Whether this browser knows a zone of this name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The zone that times are shown in. @param tenantZone the shop's, null where it is not known */
export function resolveZone(choice: string, tenantZone: string | null): string {
  const system = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (choice === 'system') return system;
  if (choice !== 'tenant') return choice;
  return tenantZone !== null && isTimeZone(tenantZone) ? tenantZone : system;
}
