import { type Bend, bendFields } from '../faults/actions.ts';
import type { Answer } from '../http/answer.ts';
import { ApiError } from '../http/answer.ts';
import { type Fields, type ParsedBody, readInput, saveInput } from '../http/body.ts';
import type { BucketName } from '../http/rate-limit.ts';
import { FilterError, integer } from '../orders/order-filter.ts';
import type { SellerAccount } from '../seller-account.ts';
import type { World } from '../world.ts';

/** One call that passed routing, authentication, limits and parsing. */
export interface ApiRequest {
  world: World;
  account: SellerAccount;
  /** The `:id` of the path. */
  id: string;
  query: URLSearchParams;
  body: ParsedBody;
  bend: Bend;
  /** Goes to the request log. */
  warnings: string[];
}

/** One resource action. A new resource is a file with its routes and a line in routes.ts. */
export interface ApiRoute {
  method: 'GET' | 'POST' | 'PATCH';
  /** Relative to /api-3; a segment `:id` takes any value. */
  path: string;
  bucket: BucketName;
  handle(request: ApiRequest): Answer;
}

/** The filters and paging of a read or count. */
export function readFields(request: ApiRequest): Fields {
  const { fields, warning } = readInput(request.body, request.world.settings.dialect.jsonDataWrapper);
  if (warning) request.warnings.push(warning);
  return bendFields(fields, request.bend);
}

const maxPageSize = 100;
const maxSaveEntities = 50;

/** Source: emag-api.md 2.2. */
export function pageOf(fields: Fields, { world }: ApiRequest): { page: number; size: number } {
  const page = integer(fields, 'currentPage', 1, 65_535) ?? 1;
  const asked = integer(fields, 'itemsPerPage', 1, 4_294_967_295) ?? maxPageSize;
  if (asked > maxPageSize && world.settings.dialect.overlongPage === 'refused') {
    throw new ApiError(`Reading is limited to maximum ${maxPageSize} elements`, 400);
  }
  return { page, size: Math.min(asked, maxPageSize) };
}

/** Strings, as measured. Source: emag-api.md 2.4. */
export function countResult(items: number, pageSize: number): Record<string, string> {
  return {
    noOfItems: String(items),
    noOfPages: String(Math.ceil(items / pageSize)),
    itemsPerPage: String(pageSize),
  };
}

/** The entities of a save, at most 50; one object in place of a list is refused (emag-api.md 1.4, A8). */
export function saveEntities({ body }: ApiRequest): readonly unknown[] {
  const entities = saveInput(body);
  if (!entities) throw new ApiError('Expected list of arrays, single array received');
  if (entities.length > maxSaveEntities) {
    throw new ApiError(`Maximum ${maxSaveEntities} entities allowed per request`);
  }
  return entities;
}

/** Bad filter values are business errors of the envelope (A12). */
export function asApiError(error: unknown): ApiError | null {
  if (error instanceof ApiError) return error;
  return error instanceof FilterError ? new ApiError(error.message) : null;
}
