/** Locations: where stock lies, and the levels there. */
import {
  locationRoutes as contracts,
  type Location as LocationAnswer,
  MAX_LOCATIONS,
} from '@tradepost/contracts';
import { newId } from '#platform/crypto';
import type { Database, TenantTx } from '#platform/db';
import { problem, type RouteRegistration, route, withIdempotency } from '#platform/http';

export interface Location {
  id: string;
  code: string;
}

/** The location of this code, archived or not. */
export async function findLocation(tx: TenantTx, code: string): Promise<Location | null> {
  const row = await tx.maybeOne<Location>(
    'select id, code from location where tenant_id = $1 and code = $2',
    [tx.tenantId, code],
  );
  return row ?? null;
}

/** Makes the levels that are missing, empty. A variant has one at `main` from the start, elsewhere when it first comes there. */
export async function ensureLevels(
  tx: TenantTx,
  pairs: { variantId: string; locationId: string }[],
): Promise<void> {
  await tx.execute(
    `insert into stock_level (tenant_id, variant_id, location_id, updated_at)
     select $1, v, l, $4 from unnest($2::uuid[], $3::uuid[]) as t (v, l) order by v, l
     on conflict do nothing`,
    [tx.tenantId, pairs.map((p) => p.variantId), pairs.map((p) => p.locationId), tx.clock.now()],
  );
}

/** The same for an item and a place as people name them; nothing where there is no such item or place. */
export async function ensureLevelOf(tx: TenantTx, sku: string, location: string): Promise<void> {
  await tx.execute(
    `insert into stock_level (tenant_id, variant_id, location_id, updated_at)
     select $1, v.id, l.id, $4 from variant v, location l
     where v.tenant_id = $1 and v.sku = $2 and l.tenant_id = $1 and l.code = $3 and l.archived_at is null
       and not exists (select from stock_level s where s.tenant_id = $1 and s.variant_id = v.id and s.location_id = l.id)
     on conflict do nothing`,
    [tx.tenantId, sku, location, tx.clock.now()],
  );
}

async function readLocations(tx: TenantTx, id?: string): Promise<LocationAnswer[]> {
  const rows = await tx.query<Omit<LocationAnswer, 'archivedAt'> & { archivedAt: Date | null }>(
    `select l.id, l.code, l.name, l.priority, l.archived_at as "archivedAt", l.version,
       count(s.*)::int as skus, coalesce(sum(s.on_hand), 0)::float8 as "onHand"
     from location l left join stock_level s on s.tenant_id = l.tenant_id and s.location_id = l.id
     where l.tenant_id = $1 and ($2::uuid is null or l.id = $2)
     group by l.tenant_id, l.id order by l.archived_at is not null, l.priority, l.code`,
    [tx.tenantId, id ?? null],
  );
  return rows.map((row) => ({ ...row, archivedAt: row.archivedAt?.toISOString() ?? null }));
}

/** @throws HttpProblem ALREADY_EXISTS, STATE_CONFLICT when there are as many as there may be */
export async function createLocation(
  tx: TenantTx,
  location: { code: string; name: string; priority: number },
): Promise<LocationAnswer> {
  // Those who make locations take turns, so that each counts what the one before has made.
  await tx.query('select from auth.organization where id = $1 for no key update', [tx.tenantId]);
  const { count } = await tx.one<{ count: number }>(
    'select count(*)::int as count from location where tenant_id = $1',
    [tx.tenantId],
  );
  if (count >= MAX_LOCATIONS)
    throw problem('STATE_CONFLICT', `A tenant has at most ${MAX_LOCATIONS} locations.`);
  const id = newId();
  const made = await tx.execute(
    `insert into location (tenant_id, id, code, name, priority, created_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (tenant_id, code) do nothing`,
    [tx.tenantId, id, location.code, location.name, location.priority, tx.clock.now()],
  );
  if (made === 0) throw problem('ALREADY_EXISTS', `There is a location ${location.code} already.`);
  return (await readLocations(tx, id))[0]!;
}

async function updateLocation(
  tx: TenantTx,
  id: string,
  change: { version: number; name?: string; priority?: number; archived?: boolean },
): Promise<LocationAnswer> {
  await tx.query('select from location where tenant_id = $1 and id = $2 for update', [tx.tenantId, id]);
  const [current] = await readLocations(tx, id);
  if (current === undefined) throw problem('NOT_FOUND', 'There is no such location.');
  if (current.version !== change.version) {
    throw problem(
      'VERSION_CONFLICT',
      `The change was made from version ${change.version}; the location is at version ${current.version}.`,
      { conflict: { askedVersion: change.version, currentVersion: current.version, current } },
    );
  }
  // What is made without a location named lies there.
  if (change.archived === true && current.code === 'main')
    throw problem('STATE_CONFLICT', 'The location main cannot be archived.');
  await tx.execute(
    `update location set name = coalesce($3, name), priority = coalesce($4, priority), version = version + 1,
       archived_at = case when $5::boolean is null then archived_at when $5 then coalesce(archived_at, $6) end
     where tenant_id = $1 and id = $2`,
    [tx.tenantId, id, change.name ?? null, change.priority ?? null, change.archived ?? null, tx.clock.now()],
  );
  return (await readLocations(tx, id))[0]!;
}

export function locationRoutes({ db }: { db: Database }): RouteRegistration[] {
  return [
    route(contracts.listLocations, async ({ ctx }) => ({
      status: 200,
      body: { items: await db.withTenant(ctx, (tx) => readLocations(tx)) },
    })),
    route(contracts.createLocation, ({ body, ctx, request }) =>
      withIdempotency(db, ctx, request, 'createLocation', async (tx) => ({
        status: 201 as const,
        body: await createLocation(tx, body),
      })),
    ),
    route(contracts.updateLocation, async ({ params, body, ctx }) => ({
      status: 200,
      body: await db.withTenant(ctx, (tx) => updateLocation(tx, params.id, body)),
    })),
  ];
}
