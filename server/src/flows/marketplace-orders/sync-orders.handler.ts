/**
 * Reads an account's orders and stores them page by page: orders, stock, events, counters and the cursor are one commit.
 *
 * Three readings make a run: type 3 orders in status 1 (new ones, however late they appear), then everything changed
 * since the cursor, of type 3 and of type 2.
 *
 * Invariants
 *   * Every row is stored once, whatever the pages repeat; see importOrders.
 *   * The cursor advances only when the whole window was read, and never past the moment the reading began: rows that
 *     slide between pages come again with the next one.
 *   * The window held `expected` orders when the reading began. When we hold fewer at its end, pages were missed: the cursor
 *     stays, and the window is read again. Only a second reading that comes short by the same counts as whole.
 *
 * Source: emag-api.md 2.2, 6.4, 8.
 */
import {
  type AccountLogin,
  changedWithin,
  countOrders,
  type EmagClient,
  fromLocal,
  normaliseOrder,
  type OrderFilter,
  pageSize,
  type Run,
  readCursor,
  readOrderPage,
  recordProgress,
  type Scan,
  toLocal,
  UnreadableOrderError,
  writeCursor,
  zones,
} from '#modules/marketplaces';
import { countModifiedSince, type ImportedOrder, importOrders } from '#modules/orders';
import { sqlState, type TenantTx } from '#platform/db';
import { enqueueTask, type TaskContext, TaskFailure } from '#platform/jobs';
import { countingTransaction, type MarketplaceOrdersDeps, runOverAccount } from './account-run.ts';
import { type AccountPayload, acknowledgeOrders, syncOrders } from './definitions.ts';

/** Naive times of an hour that clocks showed twice cannot be ordered: around a change of clocks the window begins earlier. */
const clockChangeOverlapMs = 75 * 60_000;

export async function run(
  ctx: TaskContext,
  { accountId }: AccountPayload,
  deps: MarketplaceOrdersDeps,
): Promise<unknown> {
  return runOverAccount(ctx, deps, accountId, 'sync_orders', async (run, account, client) => {
    const reader = new Reader(ctx, deps, run, account, client);
    await reader.readNew();
    for (const type of [3, 2] as const) await reader.readChanged(type);
    if (reader.pagesLeft === 0)
      await ctx.transaction((tx) => enqueueTask(tx, syncOrders, { accountId }, { subject: account.name }));
    if (reader.unreadable !== null && run.counts.failed > 0 && run.counts.failed === run.counts.read) {
      throw new TaskFailure(
        'EMAG_MALFORMED',
        `None of the orders could be read; the first: ${reader.unreadable}`,
      );
    }
  });
}

class Reader {
  pagesLeft: number;
  /** Why the first unreadable order was so. */
  unreadable: string | null = null;
  #ctx: TaskContext;
  #deps: MarketplaceOrdersDeps;
  #run: Run;
  #account: AccountLogin;
  #client: EmagClient;

  constructor(
    ctx: TaskContext,
    deps: MarketplaceOrdersDeps,
    run: Run,
    account: AccountLogin,
    client: EmagClient,
  ) {
    this.#ctx = ctx;
    this.#deps = deps;
    this.#run = run;
    this.#account = account;
    this.#client = client;
    this.pagesLeft = deps.maxPages;
  }

  /** New orders, however old their time of change says they are. The list shrinks only by our own acknowledging, which waits for this run. */
  async readNew(): Promise<void> {
    // The other readings get their share even while acknowledging fails and this list stays long.
    const pages = Math.ceil(this.#deps.maxPages / 2);
    for (let page = 1; page <= pages; page++) {
      const rows = await this.#readPage({ type: 3, status: [1] }, page);
      await this.#store(rows);
      if (rows.length < pageSize) return;
    }
  }

  async readChanged(type: 2 | 3): Promise<void> {
    const stream = `orders:${type}`;
    const cursor = await this.#ctx.transaction((tx) => readCursor(tx, this.#account.id, stream));
    const begun = cursor.scan ?? (await this.#beginScan(type, cursor.modifiedAfter));
    if (begun === null) return;
    let scan: Scan = begun;
    let complete = false;
    while (!complete && this.pagesLeft > 0) {
      const rows = await this.#readPage({ type, modifiedAfter: scan.modifiedAfter }, scan.nextPage);
      complete = rows.length < pageSize;
      scan = await this.#store(rows, async (tx, orders) => {
        const next: Scan = {
          ...scan,
          nextPage: scan.nextPage + 1,
          newest: newest(scan.newest, orders),
          unreadable: scan.unreadable + rows.length - orders.length,
        };
        if (!complete)
          await writeCursor(tx, this.#account.id, stream, {
            modifiedAfter: cursor.modifiedAfter,
            scan: next,
          });
        else await this.#endScan(tx, type, stream, cursor.modifiedAfter, next);
        return next;
      });
    }
  }

  /** The window since the cursor; null when it holds nothing. */
  async #beginScan(type: 2 | 3, cursor: Date | null): Promise<Scan | null> {
    const zone = zones[this.#account.platform];
    const now = new Date();
    const overlapMs = changedWithin(3, now, zone)
      ? Math.max(this.#deps.overlapMs, clockChangeOverlapMs)
      : this.#deps.overlapMs;
    const from = cursor === null ? now.getTime() - this.#deps.firstLookMs : cursor.getTime() - overlapMs;
    const modifiedAfter = toLocal(new Date(from), zone);
    const expected = await countOrders(this.#client, { type, modifiedAfter }, this.#ctx.signal);
    if (expected === 0) return null;
    return {
      modifiedAfter,
      nextPage: 1,
      newest: null,
      startedAt: now.toISOString(),
      expected,
      unreadable: 0,
      missing: 0,
    };
  }

  async #endScan(tx: TenantTx, type: 2 | 3, stream: string, cursor: Date | null, scan: Scan): Promise<void> {
    const since = fromLocal(scan.modifiedAfter, zones[this.#account.platform])!;
    const held = await countModifiedSince(tx, this.#account.id, type === 2 ? 'marketplace' : 'seller', since);
    const missing = scan.expected === null ? 0 : scan.expected - held - scan.unreadable;
    if (missing > 0) {
      // When two whole readings come short by the same, eMAG counts orders that it does not list: waiting for them would hold up
      // all the others.
      const final = missing === scan.missing;
      const what = final
        ? 'eMAG counts more orders than it lists'
        : 'pages were missed; the window is read again';
      this.#ctx.log.warn({ stream, expected: scan.expected, held }, what);
      if (!final) {
        const again = {
          ...scan,
          nextPage: 1,
          newest: null,
          unreadable: 0,
          startedAt: new Date().toISOString(),
          missing,
        };
        await writeCursor(tx, this.#account.id, stream, { modifiedAfter: cursor, scan: again });
        return;
      }
    }
    // Nothing changed after the reading began counts as read; nor does the cursor go back.
    const reached =
      scan.newest === null ? null : new Date(Math.min(Date.parse(scan.newest), Date.parse(scan.startedAt)));
    const next = reached === null || (cursor !== null && reached < cursor) ? cursor : reached;
    await writeCursor(tx, this.#account.id, stream, { modifiedAfter: next, scan: null });
  }

  async #readPage(filter: OrderFilter, page: number): Promise<unknown[]> {
    this.#ctx.signal.throwIfAborted();
    const rows = await readOrderPage(this.#client, filter, page, this.#ctx.signal);
    this.pagesLeft--;
    return rows;
  }

  /**
   * Stores a page and, in the same transaction, what `after` writes. A row that could be read and that the database refuses
   * all the same must not stop the rows beside it: then each is stored alone, and the refused one is told of.
   */
  async #store<R = void>(
    rows: unknown[],
    after?: (tx: TenantTx, orders: ImportedOrder[]) => Promise<R>,
  ): Promise<R> {
    const commit = <T>(work: (tx: TenantTx) => Promise<T>) => countingTransaction(this.#ctx, this.#run, work);
    try {
      return await commit(async (tx) => {
        const orders = await this.#put(tx, rows);
        return (await after?.(tx, orders)) as R;
      });
    } catch (error) {
      if (!isRefusedValue(error)) throw error;
    }
    const stored: ImportedOrder[] = [];
    for (const row of rows) {
      try {
        stored.push(...(await commit((tx) => this.#put(tx, [row]))));
      } catch (error) {
        if (!isRefusedValue(error)) throw error;
        this.#refuse((row as { id?: unknown }).id, (error as Error).message);
        this.#run.counts.read++;
        this.#run.counts.failed++;
      }
    }
    return commit(async (tx) => (await after?.(tx, stored)) as R);
  }

  #refuse(externalId: unknown, why: string): void {
    this.unreadable ??= why;
    this.#ctx.log.warn({ externalId }, `order not stored: ${why}`);
  }

  async #put(tx: TenantTx, rows: unknown[]): Promise<ImportedOrder[]> {
    const { counts, met } = this.#run;
    const orders: ImportedOrder[] = [];
    let failed = 0;
    for (const row of rows) {
      try {
        orders.push(normaliseOrder(row, this.#account.platform));
      } catch (error) {
        if (!(error instanceof UnreadableOrderError)) throw error;
        this.#refuse(error.externalId, error.message);
        failed++;
      }
    }
    const stored = await importOrders(tx, this.#account, orders, this.#deps.stock);
    if (orders.some((o) => o.fulfilment === 'seller' && o.externalStatus === 1 && o.complete)) {
      await enqueueTask(
        tx,
        acknowledgeOrders,
        { accountId: this.#account.id },
        { subject: this.#account.name },
      );
    }
    counts.read += rows.length;
    counts.created += stored.created;
    counts.changed += stored.changed;
    counts.failed += failed;
    for (const order of orders) met.add(order.fulfilment === 'seller' ? 'main' : 'fbe');
    if (stored.created + stored.changed + failed > 0) {
      const message =
        this.unreadable === null
          ? `${counts.read} read, ${counts.created} new`
          : `An order could not be read: ${this.unreadable}`;
      await recordProgress(tx, this.#run, message);
    }
    this.#ctx.progress(counts.read, null, `${counts.created} new, ${counts.changed} changed`);
    return orders;
  }
}

/** SQLSTATE classes 22 (data exception) and 23 (constraint): the same row would be refused again. */
function isRefusedValue(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? '');
}

function newest(before: string | null, orders: ImportedOrder[]): string | null {
  let latest = before === null ? 0 : Date.parse(before);
  for (const { modifiedAt } of orders)
    if (modifiedAt !== null && modifiedAt.getTime() > latest) latest = modifiedAt.getTime();
  return latest === 0 ? null : new Date(latest).toISOString();
}
