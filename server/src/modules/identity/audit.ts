/**
 * The audit log. Its entries are written by triggers (migration 0010), in the statement that made the change; here they are
 * read, and what is no change of a row is noted: sign-ins.
 */
import { Readable } from 'node:stream';
import type { AuditEntry, AuditFilter } from '@tradepost/contracts';
import { z } from 'zod';
import { csvLine } from '#platform/csv';
import type { Database, TenantContext, TenantTx, Tx } from '#platform/db';
import { decodeCursor, encodeCursor, InstantText } from '#platform/http';

interface AuditRow {
  id: string;
  at: Date;
  actor: string;
  actor_name: string | null;
  action: AuditEntry['action'];
  entity: string;
  entity_id: string;
  entity_name: string | null;
  before: AuditEntry['before'];
  after: AuditEntry['after'];
  request_id: string | null;
  sort: string;
}

/** Of `audit_entry e`: an order by `id` alone would be by the text that is shown. */
const columns = `e.id::text, e.at, e.actor, e.actor_name, e.action, e.entity, e.entity_id, e.entity_name, e.before, e.after, e.request_id,
  e.at::text as sort`;

function present(row: AuditRow): AuditEntry {
  return {
    id: row.id,
    at: row.at.toISOString(),
    actor: row.actor,
    actorName: row.actor_name,
    action: row.action,
    entity: row.entity,
    entityId: row.entity_id,
    entityName: row.entity_name,
    before: row.before,
    after: row.after,
    requestId: row.request_id,
  };
}

const filtered = `tenant_id = $1
  and ($2::text is null or actor = $2) and ($3::text is null or entity = $3) and ($4::text is null or entity_id = $4)
  and ($5::text is null or action = $5) and ($6::timestamptz is null or at >= $6) and ($7::timestamptz is null or at < $7)`;

/**
 * Entries that one read looks through for the words of a search, which no index has: about 13 µs each. What they do not
 * hold, the next page may.
 */
const searchedPerRead = 5000;

const AuditCursor = z.tuple([InstantText, z.string().regex(/^\d{1,18}$/)]);
type AuditPlace = z.output<typeof AuditCursor>;

interface AuditRead {
  rows: AuditRow[];
  /** Of the last entry that was looked at; null: there is no other. */
  last: AuditPlace | null;
}

/** The next entries that pass, `limit` at most; fewer, or none, where a search has looked through enough of them. */
async function readAudit(
  tx: TenantTx,
  filter: AuditFilter,
  { newestFirst, from, limit }: { newestFirst: boolean; from: AuditPlace | null; limit: number },
): Promise<AuditRead> {
  const { actor, entity, entityId, action, search } = filter;
  const values = [
    tx.tenantId,
    ...[actor, entity, entityId, action, filter.from, filter.to].map((value) => value ?? null),
  ];
  const direction = newestFirst ? 'desc' : 'asc';
  const ahead = `audit_entry e where ${filtered} and ($8::timestamptz is null or (e.at, e.id) ${newestFirst ? '<' : '>'} ($8, $9::bigint))
    order by e.at ${direction}, e.id ${direction}`;
  const place = [from?.[0] ?? null, from?.[1] ?? null];
  const looked = search === undefined ? limit + 1 : searchedPerRead;
  const rows = await tx.query<AuditRow>(
    `select ${columns} from (select * from ${ahead} limit $10) e
     where $11::text is null or strpos(lower(concat_ws(' ', actor_name, entity_name, entity_id, before, after)), lower($11)) > 0
     order by e.at ${direction}, e.id ${direction} limit $12`,
    [...values, ...place, looked, search ?? null, limit + 1],
  );
  const shown = rows.slice(0, limit);
  const lastShown = shown.at(-1);
  if (rows.length > limit && lastShown) return { rows: shown, last: [lastShown.sort, lastShown.id] };
  if (search === undefined) return { rows, last: null };
  const end = await tx.maybeOne<Pick<AuditRow, 'sort' | 'id'>>(
    `select e.at::text as sort, e.id::text from ${ahead} offset $10 limit 1`,
    [...values, ...place, looked - 1],
  );
  return { rows, last: end ? [end.sort, end.id] : null };
}

/** Newest first. */
export async function listAudit(
  tx: TenantTx,
  { limit, cursor, ...filter }: AuditFilter & { limit: number; cursor?: string | undefined },
) {
  const from = decodeCursor(AuditCursor, cursor) ?? null;
  const { rows, last } = await readAudit(tx, filter, { newestFirst: true, from, limit });
  return { items: rows.map(present), nextCursor: last && encodeCursor(last) };
}

const rowsPerRead = 1000;
const header = [
  'at',
  'actor',
  'actorName',
  'action',
  'entity',
  'entityId',
  'entityName',
  'before',
  'after',
  'requestId',
];

/**
 * The entries as CSV (RFC 4180), oldest first. Each thousand is read in a transaction of its own and
 * sent before the next is read, so neither memory nor the event log's readers feel how many there are.
 */
export function exportAudit(db: Database, ctx: TenantContext, filter: AuditFilter): Readable {
  async function* lines() {
    yield csvLine(header);
    let from: AuditPlace | null = null;
    do {
      const { rows, last }: AuditRead = await db.withTenant(ctx, (tx) =>
        readAudit(tx, filter, { newestFirst: false, from, limit: rowsPerRead }),
      );
      yield rows.map((row) => csvLine(cellsOf(row))).join('');
      from = last;
    } while (from !== null);
  }
  return Readable.from(lines(), { objectMode: false, highWaterMark: 65_536 });
}

function cellsOf(row: AuditRow): (string | null)[] {
  const entry = present(row);
  const { at, actor, actorName, action, entity, entityId, entityName, before, after, requestId } = entry;
  const json = (fields: AuditEntry['before']) => (fields === null ? null : JSON.stringify(fields));
  const names = [actor, actorName, action, entity, entityId, entityName];
  return [at, ...names, json(before), json(after), requestId];
}

export interface SignInNote {
  outcome: 'succeeded' | 'password_refused' | 'code_refused';
  address: string | undefined;
  device: string | undefined;
  requestId: string;
}

/** Notes a sign-in, refused or not, in every tenant that the person is a member of; in none for an unknown address. */
export async function noteSignIn(
  tx: Tx,
  who: { email: string } | { userId: string },
  note: SignInNote,
): Promise<void> {
  const { outcome, address, device, requestId } = note;
  // A refused one was somebody's who did not show that they are this person.
  await tx.execute(
    `select audit_note(m."organizationId", case when $3 then 'user:' || u.id else 'system' end, 'sign_in', u.id::text,
       jsonb_build_object('email', u.email) || $4::jsonb, $5)
     from auth."user" u join auth.member m on m."userId" = u.id
     where u.email = $1 or u.id = $2`,
    [
      'email' in who ? who.email.toLowerCase() : null,
      'userId' in who ? who.userId : null,
      outcome === 'succeeded',
      JSON.stringify({ outcome, address, device }),
      requestId,
    ],
  );
}

const expirePerTurn = 50_000;

/** Drops what is older than the retention. One turn takes so many; an hour later the next. */
export async function expireAudit(tx: Tx, retentionDays: number): Promise<void> {
  const before = new Date(tx.clock.now().getTime() - retentionDays * 86_400_000);
  await tx.query('select audit_expire($1, $2)', [before, expirePerTurn]);
}
