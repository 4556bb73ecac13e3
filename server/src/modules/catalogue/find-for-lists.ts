/** What people search for, as other lists need it. */
import type { RawBuilder } from 'kysely';
import type { TenantTx } from '#platform/db';
import { codesOf, hasWords, listHits, searchProducts } from './search-products.ts';

/** Products found by codes and words. */
export interface FoundForList {
  ids: string[];
  /**
   * Null: `ids` are all. Otherwise more have the words than are listed: of all products about this `share`, and a product `p`
   * among them passes `matches`.
   */
  more: {
    share: number;
    matches: RawBuilder<unknown>;
    listAll(max: number): Promise<string[] | null>;
  } | null;
}

/** Finds at most `max` products by their words, in bounded time; null of `listAll` says that they are more than its bound. */
export async function findForList(tx: TenantTx, text: string, max: number): Promise<FoundForList> {
  const found = await searchProducts(tx, text, { maxWords: max, similar: true });
  const codes = codesOf(found);
  if (found.words !== null) return { ids: [...codes, ...found.words, ...found.similar], more: null };
  return {
    ids: codes,
    more: {
      share: found.share,
      matches: hasWords(found.wanted),
      listAll: (bound) => listHits(tx, found, bound),
    },
  };
}
