/** HTTP face of the stock: reading it, and changing it through the gatherer. */
import { createHash } from 'node:crypto';
import { inventoryRoutes as contracts } from '@tradepost/contracts';
import type { FastifyRequest } from 'fastify';
import type { Database } from '#platform/db';
import {
  problem,
  type RequestContext,
  type RouteRegistration,
  readKeyedRequest,
  route,
} from '#platform/http';
import type { StockSettings } from './apply-stock.ts';
import type { StockGatherer } from './gatherer.ts';
import { findItemLevel, findReservation, isId, presentLevel } from './levels.ts';
import { type FindProducts, listLevels } from './list-levels.ts';
import { ensureLevelOf } from './locations.ts';
import { linesBySku, type NamedItems, refused } from './refusals.ts';
import type { AdjustRequest, EndRequest, Level, StockDone, StockRequest } from './stock-request.ts';

export interface InventoryRouteDeps {
  db: Database;
  gatherer: StockGatherer;
  settings: StockSettings;
  findProducts: FindProducts;
}

/** A UUID (version 8) that is always the same for the same words. */
function idFor(...words: string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(words)).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const oneItem = (item: string, field: string): NamedItems => ({
  items: [item],
  fieldOf: () => field,
  by: 'id or sku',
});

export function inventoryRoutes(deps: InventoryRouteDeps): RouteRegistration[] {
  const { db, gatherer, settings } = deps;

  /**
   * Has the gatherer do one request of a caller, once per Idempotency-Key, and presents what was done. `named` is how its
   * lines are called in a refusal.
   */
  async function submit<S extends number, B>(
    ctx: RequestContext,
    request: FastifyRequest,
    operation: string,
    wanted: StockRequest,
    present: (done: StockDone) => { status: S; body: B },
    named?: NamedItems,
  ): Promise<{ status: S; body: B; headers?: Record<string, string> }> {
    const claim = readKeyedRequest(request, operation);
    const outcome = await gatherer.submit(ctx.tenantId, wanted, claim && { claim, present });
    if (!outcome.ok) throw refused(outcome.refusal, named);
    if (!('replayed' in outcome)) return present(outcome);
    // What was stored is an answer of this operation, so of this type.
    const { status, body } = outcome.replayed as { status: S; body: B };
    return { status, body, headers: { 'Idempotency-Replayed': 'true' } };
  }

  const expiryOf = (ttlSeconds: number) => new Date(db.clock.now().getTime() + ttlSeconds * 1000);
  const show = (level: Level) => presentLevel(level, settings);
  const asCreated = ({ reservation, short }: StockDone) => ({
    status: 201 as const,
    body: { ...reservation!, short },
  });
  const asReservation = ({ reservation }: StockDone) => ({ status: 200 as const, body: reservation! });

  /** Items by id or SKU as lines of a request. An id is looked up; any other text can only be a SKU, which the batch finds. */
  async function linesOf(
    ctx: RequestContext,
    named: NamedItems,
  ): Promise<({ sku: string } | { variantId: string })[]> {
    const ids = [...new Set(named.items.filter(isId))];
    const variantIds = new Map<string, string>();
    if (ids.length > 0) {
      await db.withTenant(ctx, async (tx) => {
        for (const id of ids) {
          const level = await findItemLevel(tx, id);
          if (level === null)
            throw refused({ reason: 'unknown_item', lines: [named.items.indexOf(id)] }, named);
          variantIds.set(id, level.variantId);
        }
      });
    }
    return named.items.map((item) => {
      const variantId = variantIds.get(item);
      return variantId === undefined ? { sku: item } : { variantId };
    });
  }

  function end(
    contract: typeof contracts.releaseReservation | typeof contracts.confirmReservation,
    as: EndRequest['as'],
  ): RouteRegistration {
    return route(contract, ({ params, ctx, request }) => {
      const wanted: EndRequest = {
        kind: 'end',
        actor: ctx.actor,
        reservationId: params.id,
        as,
        onlyWithDeadline: true,
      };
      return submit(ctx, request, contract.operation, wanted, asReservation);
    });
  }

  return [
    route(contracts.listStockLevels, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listLevels(tx, query, deps)),
    })),
    route(contracts.createAdjustment, async ({ body, ctx, request }) => {
      const { sku, location, quantity, expectedOnHand, whenHeld } = body;
      const sign = body.operation === 'subtract' ? -1 : 1;
      const wanted: AdjustRequest = {
        kind: 'adjust',
        actor: ctx.actor,
        line: { sku, location },
        change: body.operation === 'set' ? { setTo: quantity } : { delta: sign * quantity },
        expectedOnHand,
        whenHeld,
        movementKind: 'adjustment',
        reason: body.reason ?? null,
        reference: null,
        note: null,
      };
      const present = ({ levels, givenUp }: StockDone) => ({
        status: 201 as const,
        body: { level: show(levels[0]!), givenUp },
      });
      // Where the item never was, it has no level yet.
      if (location !== undefined) await db.withTenant(ctx, (tx) => ensureLevelOf(tx, sku, location));
      return submit(ctx, request, 'createAdjustment', wanted, present, {
        items: [sku],
        fieldOf: () => 'body.sku',
        by: 'sku',
      });
    }),
    route(contracts.createReservation, ({ body, ctx, request }) => {
      const { lines, partial, allocation, reference = null } = body;
      const expiresAt = expiryOf(body.ttlSeconds);
      return submit(
        ctx,
        request,
        'createReservation',
        { kind: 'reserve', actor: ctx.actor, lines, partial, allocation, reference, expiresAt },
        asCreated,
        linesBySku(lines.map((line) => line.sku)),
      );
    }),
    route(contracts.getReservation, async ({ params, ctx }) => {
      const reservation = await db.withTenant(ctx, (tx) => findReservation(tx, params.id));
      if (reservation === null) throw problem('NOT_FOUND', 'There is no such reservation.');
      return { status: 200, body: reservation };
    }),
    end(contracts.releaseReservation, 'released'),
    end(contracts.confirmReservation, 'confirmed'),
    route(contracts.extendReservation, ({ params, body, ctx, request }) => {
      const expiresAt = expiryOf(body.ttlSeconds);
      const wanted: StockRequest = {
        kind: 'extend',
        actor: ctx.actor,
        reservationId: params.id,
        expiresAt,
      };
      return submit(ctx, request, 'extendReservation', wanted, asReservation);
    }),
    route(contracts.getItemStock, async ({ query, ctx }) => {
      const level = await db.withTenant(ctx, (tx) => findItemLevel(tx, query.productId));
      if (level === null) {
        throw refused({ reason: 'unknown_item', lines: [0] }, oneItem(query.productId, 'query.productId'));
      }
      return { status: 200, body: show(level) };
    }),
    route(contracts.adjustItemStock, async ({ body, ctx, request }) => {
      const named = oneItem(body.productId, 'body.productId');
      const [line] = await linesOf(ctx, named);
      const sign = body.operation === 'subtract' ? -1 : 1;
      const userId = request.headers['x-user-id'];
      const wanted: AdjustRequest = {
        kind: 'adjust',
        actor: ctx.actor,
        line: line!,
        change: body.operation === 'set' ? { setTo: body.quantity } : { delta: sign * body.quantity },
        movementKind: 'adjustment',
        reason: body.reason ?? null,
        reference: null,
        // Who the caller says it acts for. The actor is the credential.
        note: typeof userId === 'string' ? `X-User-ID: ${userId.slice(0, 100)}` : null,
      };
      const present = ({ levels }: StockDone) => ({ status: 200 as const, body: show(levels[0]!) });
      return submit(ctx, request, 'adjustItemStock', wanted, present, named);
    }),
    route(contracts.processOrder, async ({ body, ctx, request }) => {
      const { orderId, items } = body;
      const named: NamedItems = {
        items: items.map((item) => item.productId),
        fieldOf: (i) => `body.items.${i}.productId`,
        by: 'id or sku',
      };
      const found = await linesOf(ctx, named);
      const saleId = idFor('process order', ctx.tenantId, orderId);
      const wanted: StockRequest = {
        kind: 'sell',
        actor: ctx.actor,
        saleId,
        lines: found.map((line, i) => ({ ...line, quantity: items[i]!.quantity })),
        reference: `order:${orderId}`,
      };
      const present = ({ levels }: StockDone) => ({
        status: 200 as const,
        body: { orderId, reservationId: saleId, levels: levels.map(show) },
      });
      return submit(ctx, request, 'processOrder', wanted, present, named);
    }),
    route(contracts.reserveItemStock, async ({ body, ctx, request }) => {
      const named = oneItem(body.productId, 'body.productId');
      const [line] = await linesOf(ctx, named);
      const wanted: StockRequest = {
        kind: 'reserve',
        actor: ctx.actor,
        lines: [{ ...line!, quantity: body.quantity }],
        reference: body.orderId === undefined ? null : `order:${body.orderId}`,
        expiresAt: expiryOf(body.ttlSeconds),
      };
      return submit(ctx, request, 'reserveItemStock', wanted, asCreated, named);
    }),
  ];
}
