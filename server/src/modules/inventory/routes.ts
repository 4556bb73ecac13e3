/** HTTP face of the stock: reading it, and changing it through the gatherer. */
import { createHash } from 'node:crypto';
import { inventoryRoutes as contracts } from '@tradepost/contracts';
import type { FastifyRequest } from 'fastify';
import type { Database } from '#platform/db';
import {
  type HttpProblem,
  problem,
  type RequestContext,
  type RouteRegistration,
  readKeyedRequest,
  route,
} from '#platform/http';
import type { StockSettings } from './apply-stock.ts';
import type { StockGatherer } from './gatherer.ts';
import { findItemLevel, findReservation, presentLevel } from './levels.ts';
import { type FindProducts, listLevels } from './list-levels.ts';
import { ensureLevelOf } from './locations.ts';
import { refused } from './refusals.ts';
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

const noItem = (item: string, field: string): HttpProblem =>
  problem('NOT_FOUND', `${field} names no item with one variant.`, {
    issues: [
      {
        field,
        message: 'must be a SKU, a variant id, or the id of a product with one variant',
        value: item,
      },
    ],
  });

export function inventoryRoutes(deps: InventoryRouteDeps): RouteRegistration[] {
  const { db, gatherer, settings } = deps;

  /**
   * Has the gatherer do one request of a caller, once per Idempotency-Key, and presents what was done. `items` and
   * `fieldOf` name its lines in a refusal.
   */
  async function submit<S extends number, B>(
    ctx: RequestContext,
    request: FastifyRequest,
    operation: string,
    wanted: StockRequest,
    present: (done: StockDone) => { status: S; body: B },
    ...named: [items?: string[], fieldOf?: (index: number) => string]
  ): Promise<{ status: S; body: B; headers?: Record<string, string> }> {
    const claim = readKeyedRequest(request, operation);
    const outcome = await gatherer.submit(ctx.tenantId, wanted, claim && { claim, present });
    if (!outcome.ok) throw refused(outcome.refusal, ...named);
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

  async function findItem(ctx: RequestContext, item: string, field: string): Promise<Level> {
    const level = await db.withTenant(ctx, (tx) => findItemLevel(tx, item));
    if (level === null) throw noItem(item, field);
    return level;
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
      return submit(ctx, request, 'createAdjustment', wanted, present, [sku], () => 'body.sku');
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
        lines.map((line) => line.sku),
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
    route(contracts.getItemStock, async ({ query, ctx }) => ({
      status: 200,
      body: show(await findItem(ctx, query.productId, 'productId')),
    })),
    route(contracts.adjustItemStock, async ({ body, ctx, request }) => {
      const item = await findItem(ctx, body.productId, 'productId');
      const sign = body.operation === 'subtract' ? -1 : 1;
      const userId = request.headers['x-user-id'];
      const wanted: AdjustRequest = {
        kind: 'adjust',
        actor: ctx.actor,
        line: { variantId: item.variantId, location: item.location },
        change: body.operation === 'set' ? { setTo: body.quantity } : { delta: sign * body.quantity },
        movementKind: 'adjustment',
        reason: body.reason ?? null,
        reference: null,
        // Who the caller says it acts for. The actor is the credential.
        note: typeof userId === 'string' ? `X-User-ID: ${userId.slice(0, 100)}` : null,
      };
      const present = ({ levels }: StockDone) => ({ status: 200 as const, body: show(levels[0]!) });
      return submit(ctx, request, 'adjustItemStock', wanted, present, [item.sku], () => 'body.productId');
    }),
    route(contracts.processOrder, async ({ body, ctx, request }) => {
      const { orderId, items } = body;
      const found = await db.withTenant(ctx, async (tx) => {
        const levels: (Level | null)[] = [];
        for (const item of items) levels.push(await findItemLevel(tx, item.productId));
        return levels;
      });
      const missing = found.indexOf(null);
      if (missing !== -1) throw noItem(items[missing]!.productId, `items.${missing}.productId`);
      const saleId = idFor('process order', ctx.tenantId, orderId);
      const wanted: StockRequest = {
        kind: 'sell',
        actor: ctx.actor,
        saleId,
        lines: found.map((level, i) => ({ variantId: level!.variantId, quantity: items[i]!.quantity })),
        reference: `order:${orderId}`,
      };
      const present = ({ levels }: StockDone) => ({
        status: 200 as const,
        body: { orderId, reservationId: saleId, levels: levels.map(show) },
      });
      return submit(ctx, request, 'processOrder', wanted, present);
    }),
    route(contracts.reserveItemStock, async ({ body, ctx, request }) => {
      const { variantId, sku } = await findItem(ctx, body.productId, 'productId');
      const wanted: StockRequest = {
        kind: 'reserve',
        actor: ctx.actor,
        lines: [{ variantId, quantity: body.quantity }],
        reference: body.orderId === undefined ? null : `order:${body.orderId}`,
        expiresAt: expiryOf(body.ttlSeconds),
      };
      return submit(ctx, request, 'reserveItemStock', wanted, asCreated, [sku], () => 'body.productId');
    }),
  ];
}
