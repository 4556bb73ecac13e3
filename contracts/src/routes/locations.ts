import { z } from 'zod';
import { Id, IdParams, Instant } from '../common.ts';
import { defineRoute } from '../route.ts';
import { LocationCode } from './inventory.ts';

/** Locations of one tenant, so that the list stays one answer. */
export const MAX_LOCATIONS = 200;

/** Where stock lies: a warehouse, a shop, a shelf abroad. */
export const Location = z.object({
  id: Id,
  code: LocationCode,
  name: z.string(),
  priority: z.int().describe('Lowest is taken from first when a line names no location'),
  archivedAt: Instant.nullable().describe('Since then it gives nothing to lines that do not name it'),
  skus: z.int().describe('Items with a level here'),
  onHand: z.number().describe('Pieces here'),
  version: z.int(),
});
export type Location = z.infer<typeof Location>;

const name = z.string().trim().min(1).max(100);
const priority = z.int().min(0).max(10_000);

export const CreateLocation = z.strictObject({ code: LocationCode, name, priority: priority.default(100) });
export type CreateLocation = z.infer<typeof CreateLocation>;

export const UpdateLocation = z
  .strictObject({ name, priority, archived: z.boolean() })
  .partial()
  .extend({ version: z.int().describe('The version the change was made from') });
export type UpdateLocation = z.infer<typeof UpdateLocation>;

export const locationRoutes = {
  listLocations: defineRoute({
    method: 'GET',
    path: '/inventory/locations',
    operation: 'listLocations',
    tag: 'inventory',
    summary: 'All locations, in the order stock is taken from them',
    access: 'inventory.read',
    responses: { 200: z.object({ items: z.array(Location) }) },
  }),
  createLocation: defineRoute({
    method: 'POST',
    path: '/inventory/locations',
    operation: 'createLocation',
    tag: 'inventory',
    summary: 'Create a location',
    access: 'inventory.manage',
    body: CreateLocation,
    responses: { 201: Location },
    errors: ['ALREADY_EXISTS', 'STATE_CONFLICT'],
  }),
  updateLocation: defineRoute({
    method: 'PATCH',
    path: '/inventory/locations/:id',
    operation: 'updateLocation',
    tag: 'inventory',
    summary: 'Change the name or priority of a location, archive it or bring it back',
    access: 'inventory.manage',
    params: IdParams,
    body: UpdateLocation,
    responses: { 200: Location },
    errors: ['NOT_FOUND', 'VERSION_CONFLICT', 'STATE_CONFLICT'],
  }),
};
