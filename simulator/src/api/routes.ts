import { categoryRoutes } from './category.ts';
import { handlingTimeRoutes } from './handling-time.ts';
import { orderRoutes } from './order.ts';
import { productOfferRoutes } from './product-offer.ts';
import type { ApiRoute } from './request.ts';
import { vatRoutes } from './vat.ts';

const routes: readonly { route: ApiRoute; segments: readonly string[] }[] = [
  ...orderRoutes,
  ...productOfferRoutes,
  ...categoryRoutes,
  ...vatRoutes,
  ...handlingTimeRoutes,
].map((route) => ({ route, segments: route.path.split('/') }));

/** The route of a path below /api-3, with the value of its `:id`; case-sensitive like the real one. */
export function findRoute(method: string, path: string): { route: ApiRoute; id: string } | null {
  const given = path.split('/');
  for (const { route, segments } of routes) {
    if (route.method !== method || segments.length !== given.length) continue;
    if (!segments.every((segment, index) => segment === ':id' || segment === given[index])) continue;
    return { route, id: given[segments.indexOf(':id')] ?? '' };
  }
  return null;
}
