/**
 * Searching products. First by their codes (SKU, EAN, part number: whole, then as the beginning of a SKU), then by the
 * words of name, brand and variants, each as the beginning of a word; and when that gives few, by words that are a typing
 * error away from those asked for, or, when it gives nothing, resemble them. Accents and capitals make no difference.
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
  /** The words looked for, and those of them to begin with. */
  wanted: string[];
  sought: string[];
  /** By words; null: so many, it seems, that they are not listed. */
  words: string[] | null;
  /** Of the newest products the share that have all the words; 0 where no words are looked for. */
  share: number;
  /** By words that resemble, when the others are few. */
  similar: string[];
}

/** Products whose SKU begins with what is asked for; the rest is reached by a longer beginning. */
const prefixRows = 200;
/** Below so many hits, resembling words are looked for. */
const fewHits = 5;
const similarRows = 200;
/** Newest products that are asked first, and the share of them from which on words seem common. */
const sampleSize = 4000;
const commonShare = 0.0015;

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
  const wanted = await wordsOf(tx, text);
  const codes = exact.length + prefix.length;
  if (wanted.length === 0) return { exact, prefix, wanted, sought: [], words: [], share: 0, similar: [] };
  const { sought, common, share } = await askNewest(tx, wanted);
  const words = common ? null : await listHits(tx, { wanted, sought }, maxWords);
  const hits = codes + (words?.length ?? fewHits);
  return {
    ...{ exact, prefix, wanted, sought, words, share },
    similar: similar && hits < fewHits ? await bySimilarWords(tx, wanted, hits === 0 ? 'any' : 'close') : [],
  };
}

/** Products that a code names. */
export const codesOf = ({ exact, prefix }: Found): string[] => [...exact, ...prefix];

/** Whether a product `p` has the words, where no index is needed. */
export function hasWords(words: string[]): RawBuilder<unknown> {
  return sql`p.search @@ (select search_query(${words}, null))`;
}

/** What is looked for. The beginning of another word says nothing more, and after eight the longest say enough. */
async function wordsOf(tx: TenantTx, text: string): Promise<string[]> {
  const { words } = await tx.one<{ words: string[] }>('select search_words($1) as words', [text]);
  return words
    .filter((word) => !words.some((longer) => longer !== word && longer.startsWith(word)))
    .sort((a, b) => b.length - a.length)
    .slice(0, 8);
}

/**
 * Asks the newest products for the words. `common`: so many have them all that a walk along any order should soon meet a
 * page of them, and looking up all of them would be the slower way. `sought`: the rare ones, or all where none is.
 */
async function askNewest(
  tx: TenantTx,
  words: string[],
): Promise<Pick<Found, 'sought' | 'share'> & { common: boolean }> {
  const { size, each, all } = await tx.one<{ size: number; each: number[]; all: number | null }>(
    `with sample as (
       select p.search from product p where p.tenant_id = $1 and p.deleted_at is null order by p.created_at desc, p.id desc limit ${sampleSize}
     ), wanted as materialized ( -- else the query would be made anew for each row of the sample
       select n, search_query(array[word], null) as query from unnest($2::text[]) with ordinality as x (word, n)
     )
     select (select count(*) from sample)::int as size,
       (select array_agg(hits order by n) from (
          select w.n, (select count(*)::int from sample s where s.search @@ w.query) as hits from wanted w) c) as each,
       case when cardinality($2) > 1 then (select count(*) from sample s where s.search @@ (select search_query($2, null)))::int end as all`,
    [tx.tenantId, words],
  );
  const rare = words.filter((_, i) => each[i]! < size * commonShare);
  const share = size === 0 ? 0 : (all ?? each[0]!) / size;
  return {
    sought: rare.length > 0 ? rare : words,
    common: size === sampleSize && share >= commonShare,
    share,
  };
}

/** Products that have the words; null when they are more than `max`. */
export async function listHits(
  tx: TenantTx,
  { wanted, sought }: Pick<Found, 'wanted' | 'sought'>,
  max: number,
): Promise<string[] | null> {
  const found = await ids(
    tx,
    'select id from search_products(search_query($1, null), search_query($2, null), $3) as id',
    [sought, wanted, max + 1],
  );
  return found.length > max ? null : found;
}

const bySimilarWords = (tx: TenantTx, words: string[], resembling: 'close' | 'any') =>
  ids(tx, 'select id from search_query($1, $2) as q, search_products(q, q, $3) as id', [
    words,
    resembling,
    similarRows,
  ]);

async function ids(tx: TenantTx, statement: string, values: unknown[]): Promise<string[]> {
  return (await tx.query<{ id: string }>(statement, values)).map((row) => row.id);
}
