/**
 * Reads an account's offers page by page: listings, the products made of them, counters and the cursor are one commit.
 * Reading the same again changes nothing. A page that fails leaves the cursor before it; the next run goes on there.
 *
 * Source: emag-api.md 2.2, 4.4, 4.5.
 */
import type { AccountPayload } from '#flows/marketplace-orders';
import { countingTransaction, runOverAccount } from '#flows/marketplace-orders';
import {
  countOffers,
  type ImportedOffer,
  type ListingMatch,
  lockListings,
  normaliseOffer,
  pageSize,
  readCursor,
  readOfferPage,
  readVatRates,
  recordProgress,
  UnreadableOfferError,
  writeCursor,
  writeListings,
} from '#modules/marketplaces';
import type { TenantTx } from '#platform/db';
import { enqueueTask, type TaskContext, TaskFailure } from '#platform/jobs';
import { syncProducts } from './definitions.ts';
import type { MarketplaceProductsDeps } from './index.ts';
import { matchOffers } from './match-offers.ts';

const stream = 'products';

/** A reading that has more pages than one run may take. */
interface ProductScan {
  nextPage: number;
  /** Offers of the account when the reading began; null: not known. */
  expected: number | null;
  /** Read so far, over all runs of the reading. */
  read: number;
}

export async function run(
  ctx: TaskContext,
  { accountId }: AccountPayload,
  deps: MarketplaceProductsDeps,
): Promise<unknown> {
  return runOverAccount(ctx, deps, accountId, 'sync_products', async (run, account, client) => {
    const { signal } = ctx;
    const vatRates = await readVatRates(client, signal);
    const begun = await ctx.transaction((tx) => readCursor<ProductScan>(tx, accountId, stream));
    let scan = begun.scan ?? { nextPage: 1, expected: await countOffers(client, signal), read: 0 };
    run.total = scan.expected;
    let unreadable: string | null = null;
    for (let page = 0; page < deps.maxPages; page++) {
      signal.throwIfAborted();
      const rows = await readOfferPage(client, scan.nextPage, signal);
      const offers: ImportedOffer[] = [];
      for (const row of rows) {
        try {
          offers.push(normaliseOffer(row, account.platform, vatRates));
        } catch (error) {
          if (!(error instanceof UnreadableOfferError)) throw error;
          unreadable ??= error.message;
          ctx.log.warn(`offer not stored: ${error.message}`);
        }
      }
      const ended = rows.length < pageSize;
      const next = { ...scan, nextPage: scan.nextPage + 1, read: scan.read + rows.length };
      await countingTransaction(ctx, run, async (tx) => {
        const { created, changed } = await storeOffers(tx, accountId, offers, deps);
        run.counts.read += rows.length;
        run.counts.created += created;
        run.counts.changed += changed;
        run.counts.failed += rows.length - offers.length;
        await writeCursor(tx, accountId, stream, { modifiedAfter: null, scan: ended ? null : next });
        await recordProgress(tx, run, `${next.read} of ${scan.expected ?? '?'} products read`);
        if (!ended && page === deps.maxPages - 1)
          await enqueueTask(tx, syncProducts, { accountId }, { subject: account.name });
      });
      ctx.progress(next.read, scan.expected);
      if (ended) break;
      scan = next;
    }
    if (unreadable !== null && run.counts.failed === run.counts.read)
      throw new TaskFailure('EMAG_MALFORMED', `None of the products could be read; the first: ${unreadable}`);
  });
}

async function storeOffers(
  tx: TenantTx,
  accountId: string,
  page: ImportedOffer[],
  deps: MarketplaceProductsDeps,
): Promise<{ created: number; changed: number }> {
  const offers = [...new Map(page.map((offer) => [offer.externalId, offer])).values()];
  const known = await lockListings(
    tx,
    accountId,
    offers.map((o) => o.externalId),
  );
  const linked = new Set(known.filter((l) => l.variantId !== null).map((l) => l.externalId));
  const open = offers.filter((o) => !linked.has(o.externalId));
  const found = await matchOffers(tx, open, deps.stock);
  const matches = new Map<ImportedOffer, ListingMatch>(open.map((offer, i) => [offer, found[i]!]));
  return writeListings(
    tx,
    accountId,
    offers.map((offer) => ({ offer, match: matches.get(offer) ?? null })),
  );
}
