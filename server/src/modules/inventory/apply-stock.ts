/**
 * The one function that changes stock. Everything that reserves, gives back, sells or adjusts goes through it, alone
 * inside a flow's transaction or gathered with others (gatherer.ts).
 *
 * Invariants
 *   * Reservations are locked before levels, each kind in the order of its keys: no deadlock among callers of this function.
 *   * Decisions are taken on locked rows, in the order of the requests, and written by one statement whose conditions
 *     and the table's CHECKs would refuse a wrong decision.
 *   * A refused request leaves no trace and does not hinder the others of its batch.
 *   * One stock_changed per level and commit, with the figures after it; reservation rows and level figures change together.
 */
import type { TenantTx } from '#platform/db';
import { StockBatch } from './batch.ts';
import { type HeldReservation, listHolding, lockLevels, lockReservations } from './queries.ts';
import type { StockOutcome, StockRequest } from './stock-request.ts';

export interface StockSettings {
  /** A level is low when this many pieces or fewer are available, unless it has a threshold of its own. */
  lowStockThreshold: number;
  /** Whether crossings are announced and listed. */
  alertsEnabled: boolean;
}

type Beside = (outcomes: StockOutcome[]) => Promise<void>;

/** Holds that a count may give up are looked up before they are locked; how often others may slip in between. */
const maxLooks = 5;

/**
 * Applies requests in order, in the caller's transaction, and answers each. `beside` is begun together with the write, in one
 * round trip, for what the same commit keeps of the answers.
 *
 * @throws only when the database does; an expected refusal is an outcome
 */
export async function applyStock(
  tx: TenantTx,
  requests: StockRequest[],
  settings: StockSettings,
  beside: Beside = async () => {},
): Promise<StockOutcome[]> {
  const mayGiveUp = requests.some((r) => r.kind === 'adjust' && r.whenHeld === 'release');
  if (!mayGiveUp) return (await attempt(tx, requests, settings, [], true, beside))!;
  for (let look = 1; ; look++) {
    await tx.execute('savepoint stock');
    const [skus, variantIds] = itemsOf(
      requests.filter((r) => r.kind === 'adjust' && r.whenHeld === 'release'),
      new Map(),
    );
    const holding = await listHolding(tx, skus, variantIds);
    const outcomes = await attempt(tx, requests, settings, holding, look === maxLooks, beside);
    // Going back gives up the locks, so that the order of locking holds for the next look as well.
    if (outcomes === null) await tx.execute('rollback to savepoint stock');
    await tx.execute('release savepoint stock');
    if (outcomes !== null) return outcomes;
  }
}

/** Null: pieces are held that `holding` does not know, and one of the requests would have to give them up. */
async function attempt(
  tx: TenantTx,
  requests: StockRequest[],
  settings: StockSettings,
  holding: string[],
  isLastLook: boolean,
  beside: Beside,
): Promise<StockOutcome[] | null> {
  const named = requests.flatMap((r) =>
    r.kind === 'end' || r.kind === 'extend' ? [r.reservationId] : r.kind === 'sell' ? [r.saleId] : [],
  );
  const ids = [...new Set([...named, ...holding])];
  const held = new Map(ids.length === 0 ? [] : (await lockReservations(tx, ids)).map((r) => [r.id, r]));
  const batch = new StockBatch(tx, held, await lockLevels(tx, ...itemsOf(requests, held)), settings);
  const outcomes = requests.map((request) => batch.apply(request));
  if (batch.missedHolds && !isLastLook) return null;
  await Promise.all([batch.write(), beside(outcomes)]);
  return outcomes;
}

/** SKUs and variant ids that the requests touch, with all that is held together with them. */
function itemsOf(requests: StockRequest[], held: Map<string, HeldReservation>): [string[], string[]] {
  const skus = new Set<string>();
  const variantIds = new Set<string>();
  const add = (line: { sku?: string; variantId?: string }): void => {
    if (line.variantId !== undefined) variantIds.add(line.variantId);
    else if (line.sku !== undefined) skus.add(line.sku);
  };
  for (const request of requests) {
    if (request.kind === 'reserve' || request.kind === 'sell') request.lines.forEach(add);
    else if (request.kind === 'adjust') add(request.line);
  }
  for (const { lines } of held.values()) lines.forEach(add);
  return [[...skus], [...variantIds]];
}
