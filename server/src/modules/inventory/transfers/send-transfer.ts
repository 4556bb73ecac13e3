/** Sends goods from one location to another. */
import type { CreateTransfer, ShortLine, Transfer } from '@tradepost/contracts';
import { newId } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { invalidField, problem } from '#platform/http';
import { applyStock, type StockSettings } from '../apply-stock.ts';
import { ensureLevels } from '../locations.ts';
import { linesBySku, refused } from '../refusals.ts';
import type { AdjustRequest } from '../stock-request.ts';
import { getTransfer } from './read-transfers.ts';

/**
 * Takes the pieces out of the stock at `from` and announces them at `to`, all lines or none, in the caller's transaction.
 *
 * @throws HttpProblem VALIDATION_FAILED, STATE_CONFLICT, STOCK_SHORT
 */
export async function sendTransfer(
  tx: TenantTx,
  input: CreateTransfer,
  settings: StockSettings,
): Promise<Transfer> {
  const { from, to } = await findPlaces(tx, input);
  const asked = new Map<string, number>();
  for (const { sku, quantity } of input.lines) asked.set(sku, (asked.get(sku) ?? 0) + quantity);
  const variants = new Map(
    (
      await tx.query<{ id: string; sku: string }>(
        'select id, sku from variant where tenant_id = $1 and sku = any ($2)',
        [tx.tenantId, [...asked.keys()]],
      )
    ).map((v) => [v.sku, v.id]),
  );
  const unknown = input.lines.flatMap(({ sku }, i) => (variants.has(sku) ? [] : [i]));
  if (unknown.length > 0) {
    const skus = input.lines.map((line) => line.sku);
    throw refused({ reason: 'unknown_item', lines: unknown }, linesBySku(skus));
  }

  const id = newId();
  const lines = [...asked].map(([sku, quantity]) => ({ sku, variantId: variants.get(sku)!, quantity }));
  await tx.execute(
    `insert into stock_transfer (tenant_id, id, from_id, to_id, status, note, actor, sent_at)
     values ($1, $2, $3, $4, 'sent', $5, $6, $7)`,
    [tx.tenantId, id, from.id, to.id, input.note ?? null, tx.actor, tx.clock.now()],
  );
  await tx.execute(
    `insert into stock_transfer_line (tenant_id, transfer_id, variant_id, position, quantity)
     select $1, $2, v, n - 1, q from unnest($3::uuid[], $4::int[]) with ordinality as l (v, q, n)`,
    [tx.tenantId, id, lines.map((l) => l.variantId), lines.map((l) => l.quantity)],
  );
  // Where an item never was, it has no level yet; at `from` that is a shortage like another.
  await ensureLevels(
    tx,
    lines.flatMap(({ variantId }) => [from, to].map((place) => ({ variantId, locationId: place.id }))),
  );
  const requests = lines.flatMap(({ variantId, quantity }): AdjustRequest[] => [
    leaving(tx, { id, variantId, location: from.code, quantity }),
    coming(tx, { id, variantId, location: to.code, incomingDelta: quantity }),
  ]);
  const short: ShortLine[] = [];
  for (const outcome of await applyStock(tx, requests, settings)) {
    if (outcome.ok) continue;
    if (outcome.refusal.reason !== 'short') throw refused(outcome.refusal);
    short.push(...outcome.refusal.lines);
  }
  if (short.length > 0) throw refused({ reason: 'short', lines: short });
  tx.emit('transfer_updated', {
    transferId: id,
    from: from.code,
    to: to.code,
    previousStatus: null,
    status: 'sent',
    version: 1,
  });
  return getTransfer(tx, id);
}

interface Place {
  id: string;
  code: string;
}

async function findPlaces(tx: TenantTx, input: CreateTransfer): Promise<{ from: Place; to: Place }> {
  if (input.from === input.to)
    throw invalidField('body.to', 'must be another location than `from`', input.to);
  const rows = await tx.query<Place & { archived: boolean }>(
    'select id, code, archived_at is not null as archived from location where tenant_id = $1 and code = any ($2)',
    [tx.tenantId, [input.from, input.to]],
  );
  const find = (field: 'from' | 'to') => {
    const place = rows.find((row) => row.code === input[field]);
    if (place === undefined)
      throw invalidField(`body.${field}`, 'must be the code of a location of this tenant', input[field]);
    return place;
  };
  const places = { from: find('from'), to: find('to') };
  // The other way round is how a location is emptied.
  if (places.to.archived)
    throw problem('STATE_CONFLICT', `The location ${input.to} is archived; nothing can be sent there.`);
  return places;
}

interface Piece {
  /** Of the transfer. */
  id: string;
  variantId: string;
  location: string;
}

function leaving(tx: TenantTx, { id, quantity, ...line }: Piece & { quantity: number }): AdjustRequest {
  return {
    kind: 'adjust',
    actor: tx.actor,
    line,
    change: { delta: -quantity },
    movementKind: 'transfer_out',
    reason: null,
    reference: `transfer:${id}`,
    note: null,
  };
}

/** Pieces that set out for a location, arrive there, or will not: `delta` of them are on hand from now on. */
export function coming(
  tx: TenantTx,
  {
    id,
    delta = 0,
    incomingDelta = 0,
    reason = null,
    ...line
  }: Piece & { delta?: number; incomingDelta?: number; reason?: string | null },
): AdjustRequest {
  return {
    kind: 'adjust',
    actor: tx.actor,
    line,
    change: { delta },
    incomingDelta,
    movementKind: 'transfer_in',
    reason,
    reference: `transfer:${id}`,
    note: null,
  };
}
