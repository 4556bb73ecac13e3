/** Suppliers. */
import type { CreateSupplier, Supplier, UpdateSupplier } from '@tradepost/contracts';
import { z } from 'zod';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { decodeCursor, pageOf, problem } from '#platform/http';

interface SupplierRow {
  id: string;
  name: string;
  nameKey: string;
  email: string | null;
  phone: string | null;
  currency: string;
  leadTimeDays: number;
  reviewPeriodDays: number;
  notes: string | null;
  priceCount: number;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  archivedAt: Date | null;
}

const columns = `s.id, s.name, s.name_key as "nameKey", s.email, s.phone, s.currency, s.lead_time_days as "leadTimeDays",
  s.review_period_days as "reviewPeriodDays", s.notes, s.version, s.created_at as "createdAt", s.updated_at as "updatedAt",
  s.archived_at as "archivedAt",
  (select count(*)::int from supplier_price p where p.tenant_id = s.tenant_id and p.supplier_id = s.id) as "priceCount"`;

function present({ nameKey: _, ...row }: SupplierRow): Supplier {
  return {
    ...row,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    archivedAt: row.archivedAt?.toISOString() ?? null,
  };
}

const noSupplier = () => problem('NOT_FOUND', 'There is no such supplier.');

const SupplierKey = z.tuple([z.string(), z.uuid()]);

export async function listSuppliers(
  tx: TenantTx,
  filter: { search?: string; archived: 'true' | 'false'; limit: number; cursor?: string },
): Promise<{ items: Supplier[]; nextCursor: string | null }> {
  const [afterName = null, afterId = null] = decodeCursor(SupplierKey, filter.cursor) ?? [];
  const rows = await tx.query<SupplierRow>(
    `select ${columns} from supplier s
     where s.tenant_id = $1 and (s.archived_at is not null) = $2
       and ($3::text is null or not exists (
         select from unnest(search_words($3)) q
         where not exists (select from unnest(search_words(s.name)) w where starts_with(w, q))))
       and ($4::text is null or (s.name_key, s.id) > ($4, $5::uuid))
     order by s.name_key, s.id limit $6`,
    [tx.tenantId, filter.archived === 'true', filter.search || null, afterName, afterId, filter.limit + 1],
  );
  return pageOf(rows, filter.limit, present, (row) => [row.nameKey, row.id]);
}

/** @throws HttpProblem NOT_FOUND */
export async function getSupplier(tx: TenantTx, id: string): Promise<Supplier> {
  const row = await tx.maybeOne<SupplierRow>(
    `select ${columns} from supplier s where s.tenant_id = $1 and s.id = $2`,
    [tx.tenantId, id],
  );
  if (row === undefined) throw noSupplier();
  return present(row);
}

/** Those that are not archived, by each name as it was asked; accents and capitals do not matter. */
export async function findSuppliersByName(tx: TenantTx, names: string[]): Promise<Map<string, Supplier>> {
  // Folded first: a function beside the column would keep row-level security from using the index.
  const rows = await tx.query<SupplierRow & { asked: string }>(
    `with asked as materialized (select distinct name, search_fold(name) as key from unnest($2::text[]) as n (name))
     select ${columns}, a.name as asked from asked a
     join supplier s on s.tenant_id = $1 and s.name_key = a.key and s.archived_at is null`,
    [tx.tenantId, names],
  );
  return new Map(rows.map(({ asked, ...row }) => [asked, present(row)]));
}

/** Keeps it as it is until the transaction ends; orders can be made from it meanwhile. @throws HttpProblem NOT_FOUND */
async function lockSupplier(tx: TenantTx, id: string): Promise<Supplier> {
  await tx.query('select from supplier where tenant_id = $1 and id = $2 for no key update', [
    tx.tenantId,
    id,
  ]);
  return getSupplier(tx, id);
}

/** @throws HttpProblem ALREADY_EXISTS */
export async function createSupplier(tx: TenantTx, input: CreateSupplier): Promise<Supplier> {
  const id = newId();
  await keepingNames(
    input.name,
    tx.execute(
      `insert into supplier (tenant_id, id, name, email, phone, currency, lead_time_days, review_period_days, notes, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
      [
        tx.tenantId,
        id,
        input.name,
        input.email ?? null,
        input.phone ?? null,
        input.currency,
        input.leadTimeDays,
        input.reviewPeriodDays,
        input.notes || null,
        tx.clock.now(),
      ],
    ),
  );
  return getSupplier(tx, id);
}

/** @throws HttpProblem NOT_FOUND, ALREADY_EXISTS, VERSION_CONFLICT, STATE_CONFLICT */
export async function updateSupplier(tx: TenantTx, id: string, change: UpdateSupplier): Promise<Supplier> {
  const before = await lockSupplier(tx, id);
  const { version: askedVersion, ...fields } = change;
  if (askedVersion !== undefined && askedVersion !== before.version) {
    throw problem(
      'VERSION_CONFLICT',
      `The change was made from version ${askedVersion}; the supplier is at version ${before.version}.`,
      { conflict: { askedVersion, currentVersion: before.version, current: before } },
    );
  }
  const after = { ...before, ...fields };
  if (after.currency !== before.currency && (before.priceCount > 0 || (await hasOpenOrders(tx, id)))) {
    throw problem(
      'STATE_CONFLICT',
      `${before.name} has prices or open orders in ${before.currency}. Remove them before its currency is changed.`,
    );
  }
  await keepingNames(
    after.name,
    tx.execute(
      `update supplier set name = $3, email = $4, phone = $5, currency = $6, lead_time_days = $7, review_period_days = $8,
         notes = $9, version = version + 1, updated_at = $10
       where tenant_id = $1 and id = $2`,
      [
        tx.tenantId,
        id,
        after.name,
        after.email ?? null,
        after.phone ?? null,
        after.currency,
        after.leadTimeDays,
        after.reviewPeriodDays,
        after.notes || null,
        tx.clock.now(),
      ],
    ),
  );
  return getSupplier(tx, id);
}

/** Once archived it is no variant's preferred supplier any more. @throws HttpProblem NOT_FOUND, STATE_CONFLICT */
export async function archiveSupplier(tx: TenantTx, id: string): Promise<Supplier> {
  const before = await lockSupplier(tx, id);
  if (before.archivedAt !== null) return before;
  if (await hasOpenOrders(tx, id)) {
    throw problem(
      'STATE_CONFLICT',
      `${before.name} has drafts or orders that have not come. Receive, cancel or delete them first.`,
    );
  }
  await setArchived(tx, id, tx.clock.now());
  await tx.execute(
    'update supplier_price set preferred = false, updated_at = $3 where tenant_id = $1 and supplier_id = $2 and preferred',
    [tx.tenantId, id, tx.clock.now()],
  );
  return getSupplier(tx, id);
}

/** @throws HttpProblem NOT_FOUND, ALREADY_EXISTS when another one has taken its name */
export async function restoreSupplier(tx: TenantTx, id: string): Promise<Supplier> {
  const before = await lockSupplier(tx, id);
  if (before.archivedAt === null) return before;
  await keepingNames(before.name, setArchived(tx, id, null));
  return getSupplier(tx, id);
}

function setArchived(tx: TenantTx, id: string, archivedAt: Date | null): Promise<number> {
  return tx.execute(
    'update supplier set archived_at = $3, version = version + 1, updated_at = $4 where tenant_id = $1 and id = $2',
    [tx.tenantId, id, archivedAt, tx.clock.now()],
  );
}

async function hasOpenOrders(tx: TenantTx, supplierId: string): Promise<boolean> {
  const { open } = await tx.one<{ open: boolean }>(
    `select exists (select from purchase_order where tenant_id = $1 and supplier_id = $2
       and status in ('draft', 'sent', 'partly_received')) as open`,
    [tx.tenantId, supplierId],
  );
  return open;
}

async function keepingNames(name: string, statement: Promise<number>): Promise<void> {
  try {
    await statement;
  } catch (error) {
    if ((error as { constraint?: string }).constraint !== 'supplier_name') throw error;
    throw problem('ALREADY_EXISTS', `There is a supplier ${name} already.`);
  }
}
