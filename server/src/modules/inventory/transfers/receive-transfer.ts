/** What becomes of goods on the way: they arrive, are lost, or are brought back. */
import type { ReceiveTransfer, Transfer, TransferState } from '@tradepost/contracts';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { invalidField, problem } from '#platform/http';
import { applyStock, type StockSettings } from '../apply-stock.ts';
import { refused } from '../refusals.ts';
import type { AdjustRequest } from '../stock-request.ts';
import { getTransfer, noTransfer } from './read-transfers.ts';
import { coming } from './send-transfer.ts';

interface LockedTransfer {
  id: string;
  from: string;
  to: string;
  status: TransferState;
  version: number;
  lines: { variantId: string; sku: string; inTransit: number }[];
}

/** The transfer, locked, with the lines of which something is on the way. Two statements: the second sees what was committed while the first waited. */
async function lockTransfer(tx: TenantTx, id: string): Promise<LockedTransfer> {
  const transfer = await tx.maybeOne<Omit<LockedTransfer, 'lines'>>(
    `select t.id, f.code as "from", d.code as "to", t.status, t.version from stock_transfer t
     join location f on f.tenant_id = t.tenant_id and f.id = t.from_id
     join location d on d.tenant_id = t.tenant_id and d.id = t.to_id
     where t.tenant_id = $1 and t.id = $2 for update of t`,
    [tx.tenantId, id],
  );
  if (transfer === undefined) throw noTransfer();
  const lines = await tx.query<LockedTransfer['lines'][number]>(
    `select l.variant_id as "variantId", v.sku, l.quantity - l.received - l.lost as "inTransit"
     from stock_transfer_line l join variant v on v.tenant_id = l.tenant_id and v.id = l.variant_id
     where l.tenant_id = $1 and l.transfer_id = $2 and l.quantity > l.received + l.lost order by l.position`,
    [tx.tenantId, id],
  );
  return { ...transfer, lines };
}

interface Arrival {
  variantId: string;
  received: number;
  lost: number;
  reason: string | null;
}

/**
 * Books what came, in the caller's transaction. Lost pieces come and are written off at once, so that the ledger says
 * what became of each piece that was sent, and why.
 *
 * @throws HttpProblem NOT_FOUND, STATE_CONFLICT, VALIDATION_FAILED
 */
export async function receiveTransfer(
  tx: TenantTx,
  id: string,
  input: ReceiveTransfer,
  settings: StockSettings,
): Promise<Transfer> {
  const transfer = await lockTransfer(tx, id);
  if (transfer.status === 'received' && input.lines === undefined) return getTransfer(tx, id);
  if (transfer.status === 'received' || transfer.status === 'cancelled')
    throw problem('STATE_CONFLICT', `The transfer is ${transfer.status} already.`);
  const arrivals = input.lines === undefined ? all(transfer) : await match(tx, transfer, input.lines);
  const requests = arrivals.flatMap(({ variantId, received, lost, reason }): AdjustRequest[] => {
    const piece = { id, variantId, location: transfer.to };
    const come = coming(tx, { ...piece, delta: received + lost, incomingDelta: -(received + lost) });
    const writeOff: AdjustRequest = {
      ...coming(tx, { ...piece, delta: -lost, reason }),
      movementKind: 'adjustment',
    };
    return lost > 0 ? [come, writeOff] : [come];
  });
  await book(tx, requests, settings);
  await tx.execute(
    `update stock_transfer_line l set received = l.received + a.received, lost = l.lost + a.lost
     from unnest($3::uuid[], $4::int[], $5::int[]) as a (variant_id, received, lost)
     where l.tenant_id = $1 and l.transfer_id = $2 and l.variant_id = a.variant_id`,
    [
      tx.tenantId,
      id,
      arrivals.map((a) => a.variantId),
      arrivals.map((a) => a.received),
      arrivals.map((a) => a.lost),
    ],
  );
  await tx.execute(
    `insert into stock_transfer_receipt (tenant_id, id, transfer_id, received_at, actor, note, lines)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [tx.tenantId, newId(), id, tx.clock.now(), tx.actor, input.note ?? null, JSON.stringify(arrivals)],
  );
  const before = transfer.lines.reduce((sum, line) => sum + line.inTransit, 0);
  const come = arrivals.reduce((sum, { received, lost }) => sum + received + lost, 0);
  return end(tx, transfer, before === come ? 'received' : 'partly_received');
}

/** Brings what is on the way back to where it came from. @throws HttpProblem NOT_FOUND, STATE_CONFLICT */
export async function cancelTransfer(tx: TenantTx, id: string, settings: StockSettings): Promise<Transfer> {
  const transfer = await lockTransfer(tx, id);
  if (transfer.status === 'cancelled') return getTransfer(tx, id);
  if (transfer.status === 'received')
    throw problem('STATE_CONFLICT', 'The transfer is received already; send the goods back by another one.');
  const requests = transfer.lines.flatMap(({ variantId, inTransit }) => [
    coming(tx, { id, variantId, location: transfer.to, incomingDelta: -inTransit }),
    coming(tx, { id, variantId, location: transfer.from, delta: inTransit, reason: 'cancelled' }),
  ]);
  await book(tx, requests, settings);
  return end(tx, transfer, 'cancelled');
}

const all = ({ lines }: LockedTransfer): Arrival[] =>
  lines.map(({ variantId, inTransit }) => ({ variantId, received: inTransit, lost: 0, reason: null }));

/** The lines of the request beside those of the transfer. @throws HttpProblem VALIDATION_FAILED, STATE_CONFLICT */
async function match(
  tx: TenantTx,
  transfer: LockedTransfer,
  lines: NonNullable<ReceiveTransfer['lines']>,
): Promise<Arrival[]> {
  const known = new Map(
    (
      await tx.query<{ sku: string; variantId: string }>(
        `select v.sku, l.variant_id as "variantId" from stock_transfer_line l
         join variant v on v.tenant_id = l.tenant_id and v.id = l.variant_id where l.tenant_id = $1 and l.transfer_id = $2`,
        [tx.tenantId, transfer.id],
      )
    ).map((line) => [line.sku, line.variantId]),
  );
  const seen = new Set<string>();
  return lines.map(({ sku, quantity, lost, reason = null }, i) => {
    const variantId = known.get(sku);
    if (variantId === undefined)
      throw invalidField(`body.lines.${i}.sku`, 'must be a SKU of this transfer', sku);
    if (seen.has(sku)) throw invalidField(`body.lines.${i}.sku`, 'must be there once', sku);
    seen.add(sku);
    const inTransit = transfer.lines.find((line) => line.variantId === variantId)?.inTransit ?? 0;
    if (quantity + lost > inTransit) {
      const message = `must be at most ${inTransit} with \`lost\`, what is on the way`;
      throw problem(
        'STATE_CONFLICT',
        `${inTransit} pieces of ${sku} are on the way, not ${quantity + lost}.`,
        {
          issues: [{ field: `body.lines.${i}.quantity`, message, value: quantity }],
        },
      );
    }
    return { variantId, received: quantity, lost, reason: lost > 0 ? reason : null };
  });
}

async function book(tx: TenantTx, requests: AdjustRequest[], settings: StockSettings): Promise<void> {
  for (const outcome of await applyStock(tx, requests, settings))
    if (!outcome.ok) throw refused(outcome.refusal);
}

async function end(tx: TenantTx, before: LockedTransfer, status: TransferState): Promise<Transfer> {
  const { id, from, to } = before;
  const version = before.version + 1;
  await tx.execute(
    `update stock_transfer set status = $3, version = $4,
       received_at = case when $3 = 'received' then $5::timestamptz end, cancelled_at = case when $3 = 'cancelled' then $5::timestamptz end
     where tenant_id = $1 and id = $2`,
    [tx.tenantId, id, status, version, tx.clock.now()],
  );
  tx.emit('transfer_updated', { transferId: id, from, to, previousStatus: before.status, status, version });
  return getTransfer(tx, id);
}
