/** Marketplace accounts, their runs, and the connector of each marketplace. */
import type { Database } from '#platform/db';
import type { Schedule } from '#platform/jobs';
import type { AccountSecrets } from './accounts.ts';
import { marketplaceRoutes, type RequestSync } from './routes.ts';
import { deleteOldRuns } from './runs.ts';

export {
  type AccountLogin,
  type AccountSecrets,
  createAccount,
  findAccountLogin,
  getAccount,
  listAccounts,
  listEnabledAccounts,
  openPassword,
} from './accounts.ts';
export { type Connect, type ConnectionSettings, createConnections } from './connections.ts';
export { readCursor, type Scan, writeCursor } from './cursors.ts';
export { EmagClient, EmagError } from './emag/client.ts';
export { normaliseOrder, UnreadableOrderError } from './emag/normalise.ts';
export {
  countOffers,
  type ImportedOffer,
  normaliseOffer,
  readOfferPage,
  readVatRates,
  UnreadableOfferError,
} from './emag/offers.ts';
export {
  type Acknowledgement,
  acknowledgeOrder,
  countOrders,
  type OrderFilter,
  pageSize,
  readOrderPage,
} from './emag/orders.ts';
export { RateBucket } from './emag/rate-limit.ts';
export { changedWithin, fromLocal, toLocal, zones } from './emag/zone.ts';
export {
  type Listing,
  type ListingMatch,
  linkListing,
  listListings,
  lockListing,
  lockListings,
  presentListing,
  writeListings,
} from './listings.ts';
export type { RequestSync } from './routes.ts';
export { beginRun, finishRun, type Run, recordProgress } from './runs.ts';

export function createMarketplacesModule(deps: {
  db: Database;
  secrets: AccountSecrets;
  requestSync: RequestSync;
  cleanupIntervalMs: number;
}) {
  const cleanup: Schedule = {
    name: 'cleanup_sync_logs',
    intervalMs: deps.cleanupIntervalMs,
    async run(tx) {
      await deleteOldRuns(tx);
    },
  };
  return { name: 'marketplaces', routes: marketplaceRoutes(deps), schedules: [cleanup] };
}
