/** HTTP face of the inventory. */
import { inventoryRoutes as contracts, type FieldIssue, type Reservation } from '@tradepost/contracts';
import type { FastifyRequest } from 'fastify';
import type { Database } from '#platform/db';
import {
  type HttpProblem,
  problem,
  type RequestContext,
  type RouteRegistration,
  readKeyedRequest,
  route,
  withIdempotency,
} from '#platform/http';
import { applyStock, type StockSettings } from './apply-stock.ts';
import type { GatheredOutcome, StockGatherer } from './gatherer.ts';
import { findItemLevel, findReservation, listLevels, listMovements, presentLevel } from './levels.ts';
import type { EndRequest, ReserveRequest, StockRefusal } from './stock-request.ts';

export interface InventoryRouteDeps {
  db: Database;
  gatherer: StockGatherer;
  settings: StockSettings;
}

/** The documented problem for a refusal. `skus` are the request's own lines, to name the field. */
function refused(refusal: StockRefusal, skus: string[] = []): HttpProblem {
  switch (refusal.reason) {
    case 'short':
      return problem('STOCK_SHORT', 'There is not enough stock; nothing was changed.', {
        lines: refusal.lines,
      });
    case 'unknown_item': {
      const issues: FieldIssue[] = refusal.lines.map((i) => ({
        field: `body.lines.${i}.sku`,
        message: 'must be a SKU of this tenant, kept at the location named',
        value: skus[i],
      }));
      return problem('VALIDATION_FAILED', 'A line names a SKU that does not exist.', { issues });
    }
    case 'too_many':
      return problem('VALIDATION_FAILED', `${refusal.sku} would have more pieces than can be counted.`, {
        issues: [{ field: 'body.quantity', message: `must leave at most ${refusal.largest} pieces on hand` }],
      });
    case 'reservation_not_found':
      return problem('NOT_FOUND', 'There is no such reservation.');
    case 'reservation_ended':
      return problem('STATE_CONFLICT', `The reservation is ${refusal.status} already.`);
  }
}

export function inventoryRoutes(deps: InventoryRouteDeps): RouteRegistration[] {
  const { db, gatherer, settings } = deps;
  const threshold = settings.lowStockThreshold;

  async function reserve(
    ctx: RequestContext,
    request: FastifyRequest,
    operation: string,
    wanted: Omit<ReserveRequest, 'kind' | 'actor'>,
  ) {
    const keyed = readKeyedRequest(request, operation);
    const outcome: GatheredOutcome = await gatherer.submit(
      ctx.tenantId,
      { kind: 'reserve', actor: ctx.actor, ...wanted },
      keyed,
    );
    if (!outcome.ok) {
      if (outcome.refusal.reason === 'key_reused') {
        throw problem(
          'IDEMPOTENCY_KEY_REUSED',
          'This Idempotency-Key belongs to a request with another path or body.',
        );
      }
      throw refused(
        outcome.refusal,
        wanted.lines.map((l) => l.sku ?? l.variantId ?? ''),
      );
    }
    if ('replayed' in outcome) {
      return {
        status: 201 as const,
        body: outcome.replayed.body as Reservation,
        headers: { 'Idempotency-Replayed': 'true' },
      };
    }
    return { status: 201 as const, body: outcome.reservation as Reservation };
  }

  function end(
    contract: typeof contracts.releaseReservation | typeof contracts.confirmReservation,
    as: EndRequest['as'],
  ): RouteRegistration {
    return route(contract, ({ params, ctx, request }) =>
      withIdempotency(db, ctx, request, contract.operation, async (tx) => {
        const held = await findReservation(tx, params.id);
        if (held !== null && held.expiresAt === null) {
          throw problem(
            'STATE_CONFLICT',
            'This stock is held for a marketplace order, and follows that order.',
          );
        }
        const [outcome] = await applyStock(
          tx,
          [{ kind: 'end', actor: ctx.actor, reservationId: params.id, as }],
          settings,
        );
        if (!outcome!.ok) throw refused(outcome!.refusal);
        return { status: 200 as const, body: outcome!.reservation as Reservation };
      }),
    );
  }

  const noItem = (item: string): HttpProblem =>
    problem('NOT_FOUND', 'productId names no item with one variant.', {
      issues: [
        {
          field: 'productId',
          message: 'must be a SKU, a variant id, or the id of a product with one variant',
          value: item,
        },
      ],
    });

  return [
    route(contracts.listStockLevels, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listLevels(tx, query, threshold)),
    })),
    route(contracts.listMovements, async ({ query, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => listMovements(tx, query)),
    })),
    route(contracts.createReservation, ({ body, ctx, request }) =>
      reserve(ctx, request, 'createReservation', {
        lines: body.lines,
        reference: body.reference ?? null,
        expiresAt: new Date(db.clock.now().getTime() + body.ttlSeconds * 1000),
      }),
    ),
    route(contracts.getReservation, async ({ params, ctx }) => {
      const reservation = await db.withTenant(ctx, (tx) => findReservation(tx, params.id));
      if (reservation === null) throw problem('NOT_FOUND', 'There is no such reservation.');
      return { status: 200, body: reservation };
    }),
    end(contracts.releaseReservation, 'released'),
    end(contracts.confirmReservation, 'confirmed'),
    route(contracts.getItemStock, async ({ query, ctx }) => {
      const level = await db.withTenant(ctx, (tx) => findItemLevel(tx, query.productId));
      if (level === null) throw noItem(query.productId);
      return { status: 200, body: presentLevel(level, threshold) };
    }),
    route(contracts.adjustItemStock, ({ body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'adjustItemStock', async (tx) => {
        const item = await findItemLevel(tx, body.productId);
        if (item === null) throw noItem(body.productId);
        const sign = body.operation === 'subtract' ? -1 : 1;
        const userId = request.headers['x-user-id'];
        const [outcome] = await applyStock(
          tx,
          [
            {
              kind: 'adjust',
              actor: ctx.actor,
              line: { variantId: item.variantId, location: item.location },
              change: body.operation === 'set' ? { setTo: body.quantity } : { delta: sign * body.quantity },
              movementKind: 'adjustment',
              reason: body.reason ?? null,
              reference: null,
              // Who the caller says it acts for. The actor is the credential.
              note: typeof userId === 'string' ? `X-User-ID: ${userId.slice(0, 100)}` : null,
            },
          ],
          settings,
        );
        if (!outcome!.ok) throw refused(outcome!.refusal, [item.sku]);
        return { status: 200 as const, body: presentLevel(outcome!.levels[0]!, threshold) };
      }),
    ),
    route(contracts.reserveItemStock, async ({ body, ctx, request }) => {
      const item = await db.withTenant(ctx, (tx) => findItemLevel(tx, body.productId));
      if (item === null) throw noItem(body.productId);
      return reserve(ctx, request, 'reserveItemStock', {
        lines: [{ variantId: item.variantId, quantity: body.quantity }],
        reference: body.orderId === undefined ? null : `order:${body.orderId}`,
        expiresAt: new Date(db.clock.now().getTime() + body.ttlSeconds * 1000),
      });
    }),
  ];
}
