/** Listings: what each account offers, and which of our variants that is. */
import type { MarketplaceProduct } from '@tradepost/contracts';
import { z } from 'zod';
import { newId } from '#platform/crypto';
import { sqlState, type TenantTx } from '#platform/db';
import { decodeCursor, pageOf, problem } from '#platform/http';
import type { ImportedOffer } from './emag/offers.ts';

/** Which variant a listing is, or why that is not known. */
export type ListingMatch =
  | { variantId: string; matchedBy: NonNullable<MarketplaceProduct['matchedBy']> }
  | { variantId: null; reason: string; candidates: string[] };

export interface Listing extends ImportedOffer {
  id: string;
  variantId: string | null;
}

const columns = `id, external_id as "externalId", part_number_key as "partNumberKey", part_number as "partNumber", barcodes, name, brand,
  description, price_minor as "priceMinor", currency, vat_rate_bps as "vatRateBps", status, stock, variant_id as "variantId"`;

/** Those of the account that are known. */
export async function lockListings(
  tx: TenantTx,
  accountId: string,
  externalIds: string[],
): Promise<Listing[]> {
  return tx.query<Listing>(
    `select ${columns} from listing where tenant_id = $1 and account_id = $2 and external_id = any ($3) order by id for update`,
    [tx.tenantId, accountId, externalIds],
  );
}

/** @throws HttpProblem NOT_FOUND */
export async function lockListing(tx: TenantTx, id: string): Promise<Listing> {
  const row = await tx.maybeOne<Listing>(
    `select ${columns} from listing where tenant_id = $1 and id = $2 for update`,
    [tx.tenantId, id],
  );
  if (row === undefined) throw noListing();
  return row;
}

const noListing = () => problem('NOT_FOUND', 'There is no such marketplace product.');

/**
 * Stores offers as they are now. One with a match of null keeps the variant it has.
 *
 * @returns how many are new and how many of the others became different
 */
export async function writeListings(
  tx: TenantTx,
  accountId: string,
  writes: { offer: ImportedOffer; match: ListingMatch | null }[],
): Promise<{ created: number; changed: number }> {
  const offers = writes.map((w) => w.offer);
  const matches = writes.map((w) => w.match);
  const rows = await tx.query<{ created: boolean }>(
    `insert into listing as l (tenant_id, account_id, id, external_id, part_number_key, part_number, barcodes, name, brand, description,
       price_minor, currency, vat_rate_bps, status, stock, state, matched_by, reason, variant_id, candidates, updated_at)
     select $1, $2, o.id, o.external_id, o.part_number_key, o.part_number, array(select jsonb_array_elements_text(o.barcodes)), o.name, o.brand,
       o.description, o.price_minor, o.currency, o.vat_rate_bps, o.status, o.stock,
       case when o.variant_id is null and not o.kept then 'unmatched' else 'linked' end, o.matched_by, o.reason,
       case when o.kept then k.variant_id else o.variant_id end, array(select jsonb_array_elements_text(o.candidates)::uuid), $21
     from unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::text[],
       $13::int[], $14::text[], $15::int[], $16::text[], $17::text[], $18::uuid[], $19::jsonb[], $20::bool[])
       as o (id, external_id, part_number_key, part_number, barcodes, name, brand, description, price_minor, currency, vat_rate_bps, status,
         stock, matched_by, reason, variant_id, candidates, kept)
     left join listing k on k.tenant_id = $1 and k.account_id = $2 and k.external_id = o.external_id
     on conflict (tenant_id, account_id, external_id) do update set
       (part_number_key, part_number, barcodes, name, brand, description, price_minor, currency, vat_rate_bps, status, stock, state, matched_by,
        reason, variant_id, candidates, updated_at)
       = row (excluded.part_number_key, excluded.part_number, excluded.barcodes, excluded.name, excluded.brand, excluded.description,
        excluded.price_minor, excluded.currency, excluded.vat_rate_bps, excluded.status, excluded.stock, excluded.state,
        coalesce(excluded.matched_by, l.matched_by), excluded.reason, excluded.variant_id, excluded.candidates, excluded.updated_at)
     where (l.part_number_key, l.part_number, l.barcodes, l.name, l.brand, l.description, l.price_minor, l.currency, l.vat_rate_bps, l.status, l.stock,
        l.reason, l.variant_id, l.candidates)
       is distinct from (excluded.part_number_key, excluded.part_number, excluded.barcodes, excluded.name, excluded.brand, excluded.description,
        excluded.price_minor, excluded.currency, excluded.vat_rate_bps, excluded.status, excluded.stock,
        excluded.reason, excluded.variant_id, excluded.candidates)
     returning xmax = 0 as created`,
    [
      tx.tenantId,
      accountId,
      writes.map(() => newId()),
      offers.map((o) => o.externalId),
      offers.map((o) => o.partNumberKey),
      offers.map((o) => o.partNumber),
      offers.map((o) => JSON.stringify(o.barcodes)),
      offers.map((o) => o.name),
      offers.map((o) => o.brand),
      offers.map((o) => o.description),
      offers.map((o) => o.priceMinor),
      offers.map((o) => o.currency),
      offers.map((o) => o.vatRateBps),
      offers.map((o) => o.status),
      offers.map((o) => o.stock),
      matches.map((m) => (m === null || m.variantId === null ? null : m.matchedBy)),
      matches.map((m) => (m !== null && m.variantId === null ? m.reason : null)),
      matches.map((m) => m?.variantId ?? null),
      matches.map((m) => JSON.stringify(m !== null && m.variantId === null ? m.candidates : [])),
      matches.map((m) => m === null),
      tx.clock.now(),
    ],
  );
  const created = rows.filter((row) => row.created).length;
  return { created, changed: rows.length - created };
}

/** A person's word. @throws HttpProblem NOT_FOUND for a variant that is none */
export async function linkListing(
  tx: TenantTx,
  id: string,
  variantId: string,
  matchedBy: 'person' | 'created',
): Promise<void> {
  try {
    const linked = await tx.execute(
      `update listing set variant_id = $3, state = 'linked', matched_by = $4, reason = null, candidates = '{}', updated_at = $5
       where tenant_id = $1 and id = $2`,
      [tx.tenantId, id, variantId, matchedBy, tx.clock.now()],
    );
    if (linked === 0) throw noListing();
  } catch (error) {
    if (sqlState(error) === '23503') throw problem('NOT_FOUND', 'There is no such variant.');
    throw error;
  }
}

type ListingRow = Omit<MarketplaceProduct, 'updatedAt'> & { updatedAt: Date };

export async function listListings(
  tx: TenantTx,
  filter: {
    id?: string;
    accountId?: string;
    state?: MarketplaceProduct['state'];
    variantId?: string;
    productId?: string;
    limit: number;
    cursor?: string;
  },
): Promise<{ items: MarketplaceProduct[]; nextCursor: string | null }> {
  const after = decodeCursor(z.uuid(), filter.cursor) ?? null;
  const rows = await tx.query<ListingRow>(
    `select l.id, l.account_id as "accountId", a.name as "accountName", l.external_id as "externalId", l.part_number_key as "partNumberKey",
       l.part_number as "partNumber", l.barcodes, l.name, l.brand, l.price_minor as "priceMinor", l.currency, l.status, l.stock, l.state,
       l.matched_by as "matchedBy", l.reason, l.updated_at as "updatedAt",
       case when v.id is not null then jsonb_build_object('id', v.id, 'productId', v.product_id, 'sku', v.sku, 'name', v.name) end as variant,
       (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'productId', c.product_id, 'sku', c.sku, 'name', c.name) order by c.sku), '[]')
        from variant c where c.tenant_id = $1 and c.id = any (l.candidates)) as candidates
     from listing l
     join marketplace_account a on a.tenant_id = l.tenant_id and a.id = l.account_id
     left join variant v on v.tenant_id = l.tenant_id and v.id = l.variant_id
     where l.tenant_id = $1 and ($2::uuid is null or l.id = $2) and ($3::uuid is null or l.account_id = $3) and ($4::text is null or l.state = $4)
       and ($5::uuid is null or l.variant_id = $5) and ($6::uuid is null or v.product_id = $6) and ($7::uuid is null or l.id > $7)
     order by l.id limit $8`,
    [
      tx.tenantId,
      filter.id ?? null,
      filter.accountId ?? null,
      filter.state ?? null,
      filter.variantId ?? null,
      filter.productId ?? null,
      after,
      filter.limit + 1,
    ],
  );
  return pageOf(
    rows,
    filter.limit,
    (row) => ({ ...row, updatedAt: row.updatedAt.toISOString() }),
    (row) => row.id,
  );
}

/** @throws HttpProblem NOT_FOUND */
export async function presentListing(tx: TenantTx, id: string): Promise<MarketplaceProduct> {
  const { items } = await listListings(tx, { id, limit: 1 });
  if (items[0] === undefined) throw noListing();
  return items[0];
}
