/** Writes one notice of all alerts that nobody was told of yet, to those who keep the stock. */
import type { NoticeData } from '@tradepost/contracts';
import { notify } from '#modules/notifications';
import type { TaskContext } from '#platform/jobs';

type Item = NoticeData<'low_stock'>['items'][number];
const shownItems = 5;

export async function run(ctx: TaskContext): Promise<{ alerts: number; people: number }> {
  return ctx.transaction(async (tx) => {
    const items = await tx.query<Item>(
      `with due as (
         update stock_alert set noticed_at = $2
         where tenant_id = $1 and announced_at is not null and noticed_at is null and resolved_at is null
         returning tenant_id, variant_id, location_id, kind
       )
       select v.sku, v.name, l.code as location, d.kind, s.on_hand - s.reserved as available from due d
       join stock_level s on s.tenant_id = d.tenant_id and s.variant_id = d.variant_id and s.location_id = d.location_id
       join variant v on v.tenant_id = d.tenant_id and v.id = d.variant_id
       join location l on l.tenant_id = d.tenant_id and l.id = d.location_id
       order by d.kind = 'low', v.sku, l.code`,
      [tx.tenantId, tx.clock.now()],
    );
    if (items.length === 0) return { alerts: 0, people: 0 };
    const out = items.filter((item) => item.kind === 'out').length;
    const people = await notify(tx, {
      kind: 'low_stock',
      data: { low: items.length - out, out, items: items.slice(0, shownItems) },
      link: '/alerts',
      to: { permission: 'inventory.manage' },
    });
    return { alerts: items.length, people };
  });
}
