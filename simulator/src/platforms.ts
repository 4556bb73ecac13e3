/** One country site of the marketplace. Prices are net; `unitsPerDollar` only makes the sample goods look local. */
export interface Platform {
  key: PlatformKey;
  currency: string;
  /** Times on the wire are naive local times of this zone. */
  timeZone: string;
  country: string;
  unitsPerDollar: number;
  /** Totals carry this many decimals (none in forints). */
  totalDecimals: 0 | 2;
  vats: readonly Vat[];
  /** Of these, the rate for drinks and sweets, and the one for other food. */
  standardVatId: number;
  foodVatId: number;
  localities: readonly Locality[];
}

interface Vat {
  id: number;
  /** Ten-thousandths: 2100 = 21 %. */
  rateE4: number;
}

interface Locality {
  id: number;
  city: string;
  /** The county travels in the `*_suburb` fields. */
  county: string;
}

export type PlatformKey = 'emag_ro' | 'emag_bg' | 'emag_hu' | 'fd_ro' | 'fd_bg';

const romania = {
  currency: 'RON',
  timeZone: 'Europe/Bucharest',
  country: 'RO',
  unitsPerDollar: 4.6,
  totalDecimals: 2,
  vats: [
    { id: 1, rateE4: 2100 },
    { id: 2, rateE4: 1100 },
    { id: 5, rateE4: 0 },
  ],
  standardVatId: 1,
  foodVatId: 2,
  localities: [
    { id: 1234, city: 'Cluj-Napoca', county: 'Cluj' },
    { id: 8801, city: 'București', county: 'București' },
    { id: 2210, city: 'Timișoara', county: 'Timiș' },
    { id: 3107, city: 'Iași', county: 'Iași' },
    { id: 4015, city: 'Constanța', county: 'Constanța' },
    { id: 5120, city: 'Brașov', county: 'Brașov' },
    { id: 6044, city: 'Sibiu', county: 'Sibiu' },
    { id: 7093, city: 'Oradea', county: 'Bihor' },
  ],
} as const;

const bulgaria = {
  currency: 'EUR',
  timeZone: 'Europe/Sofia',
  country: 'BG',
  unitsPerDollar: 0.9,
  totalDecimals: 2,
  vats: [
    { id: 1001, rateE4: 2000 },
    { id: 1002, rateE4: 0 },
  ],
  standardVatId: 1001,
  foodVatId: 1001,
  localities: [
    { id: 11001, city: 'Sofia', county: 'Sofia' },
    { id: 11020, city: 'Plovdiv', county: 'Plovdiv' },
    { id: 11033, city: 'Varna', county: 'Varna' },
  ],
} as const;

const hungary = {
  currency: 'HUF',
  timeZone: 'Europe/Budapest',
  country: 'HU',
  unitsPerDollar: 360,
  totalDecimals: 0,
  vats: [
    { id: 1003, rateE4: 2700 },
    { id: 1005, rateE4: 1800 },
    { id: 1004, rateE4: 0 },
  ],
  standardVatId: 1003,
  foodVatId: 1005,
  localities: [
    { id: 21001, city: 'Budapest', county: 'Budapest' },
    { id: 21014, city: 'Debrecen', county: 'Hajdú-Bihar' },
    { id: 21029, city: 'Szeged', county: 'Csongrád-Csanád' },
  ],
} as const;

/** Source: emag-api.md 1.1 and 4.10. */
export const platforms: Readonly<Record<PlatformKey, Platform>> = {
  emag_ro: { key: 'emag_ro', ...romania },
  emag_bg: { key: 'emag_bg', ...bulgaria },
  emag_hu: { key: 'emag_hu', ...hungary },
  fd_ro: { key: 'fd_ro', ...romania },
  fd_bg: { key: 'fd_bg', ...bulgaria },
};

export function isPlatformKey(value: unknown): value is PlatformKey {
  return typeof value === 'string' && Object.hasOwn(platforms, value);
}
