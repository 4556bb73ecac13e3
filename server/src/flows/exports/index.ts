/** Lists as files: CSV and XLSX, streamed, so that neither memory nor the event log's readers feel how long they are. */
import { Readable } from 'node:stream';
import { importRoutes as contracts } from '@tradepost/contracts';
import { csvLine } from '#platform/csv';
import type { Database, TenantContext } from '#platform/db';
import { type RouteRegistration, route } from '#platform/http';
import type { ExportCell, ExportList, Place } from './list.ts';
import {
  movementList,
  orderList,
  priceList,
  productList,
  purchaseOrderList,
  stockList,
  supplierList,
} from './lists.ts';
import { xlsxFile } from './xlsx-file.ts';

type Format = 'csv' | 'xlsx';

const contentTypes = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** The columns' names, then the rows, as they are read: each portion in a transaction of its own. */
async function* readList(db: Database, ctx: TenantContext, list: ExportList): AsyncGenerator<ExportCell[][]> {
  yield [[...list.columns]];
  let after: Place | null = null;
  do {
    const from: Place | null = after;
    const { rows, next }: Awaited<ReturnType<ExportList['read']>> = await db.withTenant(ctx, (tx) =>
      list.read(tx, from),
    );
    yield rows;
    after = next;
  } while (after !== null);
}

async function* csvText(portions: AsyncIterable<ExportCell[][]>): AsyncGenerator<string> {
  for await (const rows of portions) yield rows.map((cells) => csvLine(cells)).join('');
}

export function exportFile(db: Database, ctx: TenantContext, list: ExportList, format: Format): Readable {
  const rows = readList(db, ctx, list);
  return format === 'xlsx'
    ? xlsxFile(list.name, rows)
    : Readable.from(csvText(rows), { objectMode: false, highWaterMark: 65_536 });
}

export function createExportsFlow({ db }: { db: Database }) {
  const send = (ctx: TenantContext, list: ExportList, format: Format) => {
    const day = db.clock.now().toISOString().slice(0, 10);
    return {
      status: 200 as const,
      headers: {
        'content-type': contentTypes[format],
        'content-disposition': `attachment; filename="${list.name}-${day}.${format}"`,
      },
      body: exportFile(db, ctx, list, format),
    };
  };
  const routes: RouteRegistration[] = [
    route(contracts.exportStock, async ({ ctx, query, params }) =>
      send(ctx, stockList(query), params.format),
    ),
    route(contracts.exportMovements, async ({ ctx, query, params }) =>
      send(ctx, movementList(query), params.format),
    ),
    route(contracts.exportProducts, async ({ ctx, params }) => send(ctx, productList, params.format)),
    route(contracts.exportPrices, async ({ ctx, params }) => send(ctx, priceList, params.format)),
    route(contracts.exportSuppliers, async ({ ctx, params }) => send(ctx, supplierList, params.format)),
    route(contracts.exportPurchaseOrders, async ({ ctx, params }) =>
      send(ctx, purchaseOrderList, params.format),
    ),
    route(contracts.exportOrders, async ({ ctx, query, params }) =>
      send(ctx, orderList(query), params.format),
    ),
  ];
  return { name: 'exports', routes };
}
