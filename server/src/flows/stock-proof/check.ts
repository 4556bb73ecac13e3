/** What must hold after the buyers of a proof have gone, asked of the database by statements of their own. */
import type { ProofCheck, ProofRule } from '@tradepost/contracts';
import type { TenantTx } from '#platform/db';
import type { Answered } from './buyers.ts';
import type { Buyer } from './plan.ts';

const maxBreaches = 10;

function check(rule: ProofRule, name: string, checked: number, breaches: string[]): ProofCheck {
  return { rule, name, holds: breaches.length === 0, checked, breaches: breaches.slice(0, maxBreaches) };
}

/** The books, by SQL alone: each statement lists what breaks its rule. */
const books: { rule: ProofRule; name: string; count: string; breaches: string }[] = [
  {
    rule: 'within_bounds',
    name: '0 ≤ reserved ≤ onHand of each level',
    count: 'select count(*)::int as count from stock_level',
    breaches: `select format('%s: %s reserved of %s', v.sku, s.reserved, s.on_hand) as breach
      from stock_level s join variant v on v.id = s.variant_id where s.reserved < 0 or s.on_hand < s.reserved`,
  },
  {
    rule: 'reserved_is_held',
    name: 'reserved is the sum of the live reservations',
    count: "select count(*)::int as count from reservation where status = 'active'",
    breaches: `select format('%s: %s reserved, live reservations hold %s', v.sku, s.reserved, h.held) as breach
      from stock_level s join variant v on v.id = s.variant_id
      cross join lateral (select coalesce(sum(l.quantity), 0) as held from reservation_line l
        join reservation r on r.id = l.reservation_id and r.status = 'active'
        where l.variant_id = s.variant_id and l.location_id = s.location_id) h
      where s.reserved <> h.held`,
  },
  {
    rule: 'ledger_adds_up',
    name: 'the ledger adds up to what is on hand',
    count: 'select count(*)::int as count from movement',
    breaches: `select format('%s: %s on hand, the ledger says %s', v.sku, s.on_hand, m.moved) as breach
      from stock_level s join variant v on v.id = s.variant_id
      cross join lateral (select coalesce(sum(quantity), 0) as moved from movement m
        where m.variant_id = s.variant_id and m.location_id = s.location_id) m
      where s.on_hand <> m.moved`,
  },
  {
    rule: 'announced_once',
    name: 'every change was announced, once, and is in the history',
    count: "select count(*)::int as count from event where type = 'stock_changed'",
    breaches: `select format('%s: version %s, announced %s times, %s times in the history', v.sku, s.version, e.times, h.times) as breach
      from stock_level s join variant v on v.id = s.variant_id
      cross join lateral (select count(*) as times, count(distinct e.data ->> 'version') as versions from event e
        where e.type = 'stock_changed' and e.data ->> 'variantId' = s.variant_id::text) e
      cross join lateral (select count(*) as times from stock_history h
        where h.variant_id = s.variant_id and h.location_id = s.location_id) h
      where e.times <> s.version - 1 or e.versions <> e.times or h.times <> e.times`,
  },
];

export async function checkBooks(tx: TenantTx): Promise<ProofCheck[]> {
  const checks: ProofCheck[] = [];
  for (const { rule, name, count, breaches } of books) {
    const { count: checked } = await tx.one<{ count: number }>(count);
    const rows = await tx.query<{ breach: string }>(breaches);
    checks.push(
      check(
        rule,
        name,
        checked,
        rows.map((row) => row.breach),
      ),
    );
  }
  return checks;
}

/** What was promised to buyers against what is in the database, and both against what there was to sell. */
export async function checkAnswers(
  tx: TenantTx,
  buyers: Buyer[],
  answers: Answered[],
  opening: ReadonlyMap<string, number>,
): Promise<ProofCheck[]> {
  const rows = await tx.query<{ id: string; status: string; lines: Record<string, number> }>(
    `select r.id, r.status, jsonb_object_agg(v.sku, l.quantity) as lines from reservation r
     join reservation_line l on l.reservation_id = r.id join variant v on v.id = l.variant_id
     group by r.id, r.status`,
  );
  const stored = new Map(rows.map((row) => [row.id, row]));

  const failed = answers.flatMap((a) => (a.was === 'failed' ? [`buyer ${a.n}: ${a.why}`] : []));

  const kept: string[] = [];
  const ways = new Map<number, Set<string>>();
  for (const answer of answers) {
    if (answer.was === 'failed') continue;
    const made = ways.get(answer.n) ?? new Set();
    ways.set(answer.n, made);
    if (answer.was === 'short') continue;
    made.add(answer.reservationId);
    const row = stored.get(answer.reservationId);
    if (row === undefined) kept.push(`buyer ${answer.n} was told of a reservation that is not there`);
    else if (answer.was === 'reserved') {
      const asked: Record<string, number> = {};
      for (const { sku, quantity } of buyers[answer.n]!.lines) asked[sku] = (asked[sku] ?? 0) + quantity;
      const skus = new Set([...Object.keys(asked), ...Object.keys(row.lines)]);
      if ([...skus].some((sku) => asked[sku] !== row.lines[sku]))
        kept.push(`buyer ${answer.n} asked for ${JSON.stringify(asked)}, got ${JSON.stringify(row.lines)}`);
    } else if (row.status !== answer.was)
      kept.push(`buyer ${answer.n} was told ${answer.was}, it is ${row.status}`);
  }

  const once = [...ways].flatMap(([n, way]) =>
    way.size > 1 ? [`buyer ${n} was given ${way.size} reservations`] : [],
  );
  const told = new Set(answers.flatMap((a) => ('reservationId' in a ? [a.reservationId] : [])));
  for (const id of stored.keys()) if (!told.has(id)) once.push(`reservation ${id} was made and told nobody`);

  const sold = new Map<string, number>();
  for (const { status, lines } of rows) {
    if (status !== 'active' && status !== 'confirmed') continue;
    for (const [sku, quantity] of Object.entries(lines)) sold.set(sku, (sold.get(sku) ?? 0) + quantity);
  }
  const oversold = [...opening].flatMap(([sku, pieces]) => {
    const gone = sold.get(sku) ?? 0;
    return gone > pieces ? [`${sku}: ${gone} sold or held of ${pieces}`] : [];
  });

  const unanswered = buyers.filter((b) => !ways.has(b.n)).map((b) => `buyer ${b.n} was never answered`);
  return [
    check('never_oversold', 'nothing is sold or held beyond what there was', opening.size, oversold),
    check('all_answered', 'every buyer is answered, and only with yes or short', buyers.length, [
      ...failed,
      ...unanswered,
    ]),
    check('kept_as_told', 'what a buyer was told is what is stored', answers.length, kept),
    check('once_per_key', 'a key has one effect, however often it is sent', ways.size, once),
  ];
}
