/** Reading transfers, and what is on the way. */
import type { Transfer, TransferState, TransferSummary } from '@tradepost/contracts';
import { sql } from 'kysely';
import { z } from 'zod';
import type { TenantTx } from '#platform/db';
import { decodeCursor, pageOf, problem } from '#platform/http';

interface SummaryRow
  extends Omit<TransferSummary, 'inTransit' | 'sentAt' | 'receivedAt' | 'cancelledAt' | 'status'> {
  status: string;
  sentAt: Date;
  receivedAt: Date | null;
  cancelledAt: Date | null;
}

const isUnderWay = (status: string) => status === 'sent' || status === 'partly_received';

function present({ sentAt, receivedAt, cancelledAt, ...row }: SummaryRow): TransferSummary {
  const { quantity, received, lost } = row;
  return {
    ...row,
    status: row.status as TransferState,
    inTransit: isUnderWay(row.status) ? quantity - received - lost : 0,
    sentAt: sentAt.toISOString(),
    receivedAt: receivedAt?.toISOString() ?? null,
    cancelledAt: cancelledAt?.toISOString() ?? null,
  };
}

function transfers(tx: TenantTx) {
  const sums = sql<{ lines: number; quantity: number; received: number; lost: number }>`(
    select count(*)::int as lines, sum(quantity)::float8 as quantity, sum(received)::float8 as received, sum(lost)::float8 as lost
    from stock_transfer_line where tenant_id = t.tenant_id and transfer_id = t.id)`;
  return tx.kysely
    .selectFrom('stock_transfer as t')
    .innerJoin('location as f', (on) =>
      on.onRef('f.tenant_id', '=', 't.tenant_id').onRef('f.id', '=', 't.from_id'),
    )
    .innerJoin('location as d', (on) =>
      on.onRef('d.tenant_id', '=', 't.tenant_id').onRef('d.id', '=', 't.to_id'),
    )
    .innerJoinLateral(sums.as<'s'>(sql.ref('s')), (on) => on.onTrue())
    .where('t.tenant_id', '=', tx.tenantId)
    .select([
      't.id',
      'f.code as from',
      'd.code as to',
      't.status',
      't.note',
      't.actor',
      't.version',
      's.lines as lineCount',
      's.quantity',
      's.received',
      's.lost',
    ])
    .select(['t.sent_at as sentAt', 't.received_at as receivedAt', 't.cancelled_at as cancelledAt']);
}

export async function listTransfers(
  tx: TenantTx,
  filter: {
    status?: TransferState | 'in_transit';
    location?: string;
    sku?: string;
    limit: number;
    cursor?: string;
  },
): Promise<{ items: TransferSummary[]; nextCursor: string | null }> {
  const before = decodeCursor(z.uuid(), filter.cursor);
  let query = transfers(tx)
    .orderBy('t.id', 'desc')
    .limit(filter.limit + 1);
  const { status, location, sku } = filter;
  if (before !== undefined) query = query.where('t.id', '<', before);
  if (status === 'in_transit') query = query.where(sql<boolean>`t.status in ('sent', 'partly_received')`);
  else if (status !== undefined) query = query.where('t.status', '=', status);
  if (location !== undefined)
    query = query.where((e) => e.or([e('f.code', '=', location), e('d.code', '=', location)]));
  if (sku !== undefined) {
    query = query.where(
      sql<boolean>`t.id in (select l.transfer_id from stock_transfer_line l join variant v on v.tenant_id = l.tenant_id and v.id = l.variant_id
        where l.tenant_id = ${tx.tenantId} and v.sku = ${sku})`,
    );
  }
  const rows = await query.execute();
  return pageOf(rows, filter.limit, present, (row) => row.id);
}

interface ReceiptRow {
  id: string;
  receivedAt: Date;
  actor: string;
  note: string | null;
  lines: { variantId: string; received: number; lost: number; reason: string | null }[];
}

export const noTransfer = () => problem('NOT_FOUND', 'There is no such transfer.');

/** @throws HttpProblem NOT_FOUND */
export async function getTransfer(tx: TenantTx, id: string): Promise<Transfer> {
  const row = await transfers(tx).where('t.id', '=', id).executeTakeFirst();
  if (row === undefined) throw noTransfer();
  const summary = present(row);
  const lines = await tx.query<Omit<Transfer['lines'][number], 'inTransit'>>(
    `select l.variant_id as "variantId", v.product_id as "productId", v.sku, v.name, l.quantity, l.received, l.lost
     from stock_transfer_line l join variant v on v.tenant_id = l.tenant_id and v.id = l.variant_id
     where l.tenant_id = $1 and l.transfer_id = $2 order by l.position`,
    [tx.tenantId, id],
  );
  const receipts = await tx.query<ReceiptRow>(
    `select id, received_at as "receivedAt", actor, note, lines from stock_transfer_receipt
     where tenant_id = $1 and transfer_id = $2 order by id`,
    [tx.tenantId, id],
  );
  const skus = new Map(lines.map((line) => [line.variantId, line.sku]));
  return {
    ...summary,
    lines: lines.map((line) => ({
      ...line,
      inTransit: isUnderWay(summary.status) ? line.quantity - line.received - line.lost : 0,
    })),
    receipts: receipts.map((receipt) => ({
      ...receipt,
      receivedAt: receipt.receivedAt.toISOString(),
      lines: receipt.lines.map((line) => ({ ...line, sku: skus.get(line.variantId)! })),
    })),
  };
}
