import { success } from '../http/answer.ts';
import { formatE4 } from '../offers/offer.ts';
import type { ApiRoute } from './request.ts';

/** Rates as fractions (A22). Source: emag-api.md 4.10. */
export const vatRoutes: readonly ApiRoute[] = [
  {
    method: 'POST',
    path: 'vat/read',
    bucket: 'other',
    handle: ({ account: { platform } }) =>
      success(
        platform.vats.map((vat) => ({
          vat_id: vat.id,
          vat_rate: formatE4(vat.rateE4),
          is_default: vat.id === platform.standardVatId ? 1 : 0,
        })),
      ),
  },
];
