/** The shape of a route contract: what `server` registers, the console calls, OpenAPI shows and the tenancy test enumerates. */
import type { z } from 'zod';
import type { ErrorCode } from './errors.ts';
import type { Permission } from './permissions.ts';

/**
 * Who may call: a permission; `signed-in` for any live credential; `public` for none at all.
 * There is no default: a route without a policy does not compile.
 */
export type Access = Permission | 'signed-in' | 'public';

export interface RouteContract {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path below `/api/v1`, with `:name` parameters. */
  path: string;
  /** Stable name: OpenAPI operationId, log field, metric label. */
  operation: string;
  tag:
    | 'health'
    | 'session'
    | 'account'
    | 'products'
    | 'inventory'
    | 'purchasing'
    | 'imports'
    | 'exports'
    | 'orders'
    | 'marketplaces'
    | 'tasks'
    | 'realtime'
    | 'admin';
  summary: string;
  access: Access;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  /** Content types of a file that is the request's body. It is handed to the handler as it comes, as `request.raw`. */
  upload?: readonly string[];
  /** Content type of a success answer that is no JSON, or those that its handler chooses from; the handler gives a stream, which is sent as it comes. */
  media?: string | readonly string[];
  /** Success answers by status; `null` is an empty body. */
  responses: Record<number, z.ZodType | null>;
  /** Errors beyond those every route may answer (validation, credential, limits, 5xx). */
  errors?: readonly ErrorCode[];
}

export function defineRoute<const R extends RouteContract>(route: R): R {
  return route;
}
