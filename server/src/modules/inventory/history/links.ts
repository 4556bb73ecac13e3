/** Where a movement or a reservation leads: to the document it names, and to who made it. */
import type { StockLink } from '@tradepost/contracts';
import { z } from 'zod';
import type { TenantTx } from '#platform/db';

export interface Explained {
  actorName: string | null;
  links: StockLink[];
}

type LinkKind = StockLink['kind'];

/** What stands before the colon of a reference or an actor. */
const documents = new Map<string, LinkKind>(
  (['order', 'reservation', 'transfer', 'count', 'purchase_order', 'import'] as const).map((kind) => [
    kind,
    kind,
  ]),
);
const actors = new Map<string, LinkKind>([
  ['user', 'person'],
  ['key', 'key'],
  ['task', 'task'],
]);

/** Of each kind the statement that finds names by ids. */
const names: Record<LinkKind, string> = {
  order: 'select id::text, external_id as label from shop_order where tenant_id = $1 and id = any ($2)',
  purchase_order: `select id::text, 'PO-' || lpad(number::text, 6, '0') as label from purchase_order where tenant_id = $1 and id = any ($2)`,
  reservation: 'select id::text, reference as label from reservation where tenant_id = $1 and id = any ($2)',
  transfer: `select t.id::text, f.code || ' → ' || l.code as label from stock_transfer t
    join location f on f.tenant_id = $1 and f.id = t.from_id join location l on l.tenant_id = $1 and l.id = t.to_id
    where t.tenant_id = $1 and t.id = any ($2)`,
  count: 'select id::text, name as label from stock_count where tenant_id = $1 and id = any ($2)',
  import: 'select id::text, file_name as label from import where tenant_id = $1 and id = any ($2)',
  task: 'select id::text, type as label from task where tenant_id = $1 and id = any ($2)',
  key: 'select id::text, name as label from api_key where tenant_id = $1 and id = any ($2)',
  person: 'select id::text, name as label from auth."user" where $1::uuid is not null and id = any ($2)',
};

const uuid = z.uuid();

function split(text: string | null, kinds: Map<string, LinkKind>): { kind: LinkKind; id: string } | null {
  const colon = text?.indexOf(':') ?? -1;
  const kind = kinds.get(text?.slice(0, colon) ?? '');
  return kind === undefined ? null : { kind, id: text!.slice(colon + 1) };
}

/** One look per kind of thing named, however many rows there are. */
export async function explain(
  tx: TenantTx,
  rows: { reference: string | null; actor: string }[],
): Promise<Explained[]> {
  const named = rows.map((row) => ({
    document: split(row.reference, documents),
    actor: split(row.actor, actors),
  }));
  const idsByKind = new Map<LinkKind, Set<string>>();
  for (const link of named.flatMap(({ document, actor }) => [document, actor])) {
    // Callers' own orders may be named anything.
    if (link === null || !uuid.safeParse(link.id).success) continue;
    const ids = idsByKind.get(link.kind) ?? new Set();
    idsByKind.set(link.kind, ids.add(link.id));
  }
  const labels = new Map<string, string | null>();
  for (const [kind, ids] of idsByKind) {
    const found = await tx.query<{ id: string; label: string | null }>(names[kind], [tx.tenantId, [...ids]]);
    for (const { id, label } of found) labels.set(`${kind}:${id}`, label);
  }
  const linkTo = (link: { kind: LinkKind; id: string } | null): StockLink[] => {
    if (link === null) return [];
    const key = `${link.kind}:${link.id}`;
    return [{ ...link, label: labels.get(key) ?? null, known: labels.has(key) }];
  };
  return named.map(({ document, actor }) => ({
    actorName:
      actor?.kind === 'person' || actor?.kind === 'key'
        ? (labels.get(`${actor.kind}:${actor.id}`) ?? null)
        : null,
    links: [...linkTo(document), ...linkTo(actor)],
  }));
}
