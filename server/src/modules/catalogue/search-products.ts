/**
 * Searching products. First by their codes (SKU, EAN, part number: whole, then as the beginning of a SKU), then by the
 * words of name, brand and variants, each as the beginning of a word; and when that gives few, by words that resemble
 * those asked for. Accents and capitals make no difference.
 *
 * Every step is bounded, so a search for what half of the shop is called costs no more than another one.
 */
import { type RawBuilder, sql } from 'kysely';
import type { TenantTx } from '#platform/db';

/** Products found, best first. */
export interface Found {
  /** Products that a whole code names, then those whose SKU begins so. */
  exact: string[];
  prefix: string[];
  /** By words; null: more than asked for, so they are not listed. */
  words: string[] | null;
  /** By words that resemble, when the others are few. */
  similar: string[];
}

/** Products whose SKU begins with what is asked for; the rest is reached by a longer beginning. */
const prefixRows = 200;
/** Below so many hits, resembling words are looked for. */
const fewHits = 5;
const similarRows = 200;

export interface SearchOptions {
  /** Hits by words that are listed. */
  maxWords: number;
  /** Whether resembling words count when there are few hits. */
  similar: boolean;
}

export async function searchProducts(
  tx: TenantTx,
  text: string,
  { maxWords, similar }: SearchOptions,
): Promise<Found> {
  const { key } = await tx.one<{ key: string }>('select search_fold($1) as key', [text.trim()]);
  const exact = await ids(
    tx,
    `select distinct product_id as id from (
       (select product_id from variant where tenant_id = $1 and sku_key = $2 limit 50)
       union all (select product_id from variant where tenant_id = $1 and barcode = $2 limit 50)
       union all (select product_id from variant where tenant_id = $1 and part_number_key = $2 limit 50)) v`,
    [tx.tenantId, key],
  );
  // Between the text and the text followed by the last character there is: what begins with it, in the order of code points.
  const prefix = await ids(
    tx,
    'select distinct product_id as id from (select product_id from variant where tenant_id = $1 and sku_key > $2 and sku_key < $3 order by sku_key limit $4) v',
    [tx.tenantId, key, `${key}\u{10ffff}`, prefixRows],
  );
  const words = await byWords(tx, text, false, maxWords + 1);
  const few = similar && exact.length + prefix.length + words.length < fewHits;
  return {
    exact,
    prefix,
    words: words.length > maxWords ? null : words,
    similar: few ? await byWords(tx, text, true, similarRows) : [],
  };
}

/** Products that a code names. */
export const codesOf = ({ exact, prefix }: Found): string[] => [...exact, ...prefix];

/** Whether a product `p` is a hit by its words or one of `codes`, where no index is needed. */
export function matchOf(text: string, codes: string[]): RawBuilder<unknown> {
  return sql`(p.search @@ (select search_query(${text}, false)) or p.id = any (${codes}::uuid[]))`;
}

const byWords = (tx: TenantTx, text: string, fuzzy: boolean, rows: number) =>
  ids(tx, 'select id from search_products(search_query($1, $2), $3) as id', [text, fuzzy, rows]);

async function ids(tx: TenantTx, statement: string, values: unknown[]): Promise<string[]> {
  return (await tx.query<{ id: string }>(statement, values)).map((row) => row.id);
}
