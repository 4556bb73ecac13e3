/** What a tenant calls itself, and how its figures and instants are shown. */
import type { TenantSettings, UpdateTenantSettings } from '@tradepost/contracts';
import type { z } from 'zod';
import type { TenantTx } from '#platform/db';

const columns = 'name, slug, "timeZone", currency, locale';

export async function getTenantSettings(tx: TenantTx): Promise<TenantSettings> {
  return tx.one(`select ${columns} from auth.organization where id = $1`, [tx.tenantId]);
}

/** Changes what is given and leaves the rest. */
export async function updateTenantSettings(
  tx: TenantTx,
  change: z.output<typeof UpdateTenantSettings>,
): Promise<TenantSettings> {
  return tx.one(
    `update auth.organization set name = coalesce($2, name), "timeZone" = coalesce($3, "timeZone"),
       currency = coalesce($4, currency), locale = coalesce($5, locale)
     where id = $1 returning ${columns}`,
    [
      tx.tenantId,
      change.name ?? null,
      change.timeZone ?? null,
      change.currency ?? null,
      change.locale ?? null,
    ],
  );
}
