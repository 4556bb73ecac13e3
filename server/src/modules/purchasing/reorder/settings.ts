/** How reorder points are worked out: for the tenant, and what differs for a variant. */
import type {
  ReorderMethod,
  ReorderRule,
  ReplenishmentSettings,
  UpdateReplenishmentSettings,
} from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import { problem } from '#platform/http';

interface SettingsRow {
  permille: number;
  method: ReorderMethod;
  coverDays: number;
  defaultLeadTimeDays: number;
  autoReorder: boolean;
}

const columns = `service_level_permille as permille, method, cover_days as "coverDays",
  default_lead_time_days as "defaultLeadTimeDays", auto_reorder as "autoReorder"`;

const present = ({ permille, ...row }: SettingsRow): ReplenishmentSettings => ({
  serviceLevelPercent: permille / 10,
  ...row,
});

/** Of a tenant that never said anything; the same as the defaults of the table. */
const defaults: SettingsRow = {
  permille: 950,
  method: 'empirical',
  coverDays: 14,
  defaultLeadTimeDays: 7,
  autoReorder: true,
};

export async function getReplenishmentSettings(tx: TenantTx): Promise<ReplenishmentSettings> {
  const row = await tx.maybeOne<SettingsRow>(`select ${columns} from reorder_settings where tenant_id = $1`, [
    tx.tenantId,
  ]);
  return present(row ?? defaults);
}

export async function updateReplenishmentSettings(
  tx: TenantTx,
  change: UpdateReplenishmentSettings,
): Promise<ReplenishmentSettings> {
  await tx.execute('insert into reorder_settings (tenant_id) values ($1) on conflict do nothing', [
    tx.tenantId,
  ]);
  const { serviceLevelPercent: percent } = change;
  return present(
    await tx.one<SettingsRow>(
      `update reorder_settings set service_level_permille = coalesce($2, service_level_permille), method = coalesce($3, method),
         cover_days = coalesce($4, cover_days), default_lead_time_days = coalesce($5, default_lead_time_days),
         auto_reorder = coalesce($6, auto_reorder)
       where tenant_id = $1 returning ${columns}`,
      [
        tx.tenantId,
        percent === undefined ? null : Math.round(percent * 10),
        change.method ?? null,
        change.coverDays ?? null,
        change.defaultLeadTimeDays ?? null,
        change.autoReorder ?? null,
      ],
    ),
  );
}

/** @throws HttpProblem NOT_FOUND */
export async function putReorderRule(tx: TenantTx, variantId: string, rule: ReorderRule): Promise<void> {
  const written = await tx.execute(
    `insert into reorder_rule (tenant_id, variant_id, service_level_permille, method, paused)
     select $1, id, $3, $4, $5 from variant where tenant_id = $1 and id = $2
     on conflict (tenant_id, variant_id) do update
       set service_level_permille = excluded.service_level_permille, method = excluded.method, paused = excluded.paused`,
    [
      tx.tenantId,
      variantId,
      rule.serviceLevelPercent === null ? null : Math.round(rule.serviceLevelPercent * 10),
      rule.method,
      rule.paused,
    ],
  );
  if (written === 0) throw problem('NOT_FOUND', 'There is no such variant.');
}
