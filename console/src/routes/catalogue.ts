/** The catalogue: products, categories, what waits to be matched. */
import { createRoute } from '@tanstack/react-router';
import type { ProductSort, ProductStatus } from '@tradepost/contracts';
import { isProductSort, isProductStatus } from '../words.ts';
import { frame } from './frame.ts';
import { texts } from './search.ts';

export interface ProductFilters {
  q?: string;
  category?: string;
  brand?: string;
  status?: ProductStatus | 'deleted';
  stock?: 'yes' | 'no';
  /** In minor units. */
  min?: number;
  max?: number;
  sort?: ProductSort;
}

const products = createRoute({
  getParentRoute: () => frame,
  path: '/products',
  validateSearch: (search): ProductFilters => {
    const { status, stock, sort } = search;
    const words = texts(search, 'q', 'category', 'brand');
    return {
      ...words,
      ...(status === 'deleted' || isProductStatus(status) ? { status } : {}),
      ...(stock === 'yes' || stock === 'no' ? { stock } : {}),
      ...(Number.isInteger(search.min) ? { min: Number(search.min) } : {}),
      ...(Number.isInteger(search.max) ? { max: Number(search.max) } : {}),
      // By how well they match only where something is searched.
      ...(isProductSort(sort) && (sort !== 'relevance' || words.q) ? { sort } : {}),
    };
  },
}).lazy(() => import('../features/products/products-page.tsx').then((page) => page.Route));
const product = createRoute({ getParentRoute: () => products, path: '$productId' }).lazy(() =>
  import('../features/products/product-detail.tsx').then((page) => page.Route),
);
const newProduct = createRoute({ getParentRoute: () => frame, path: '/products/new' }).lazy(() =>
  import('../features/products/new-product-page.tsx').then((page) => page.Route),
);
const editProduct = createRoute({ getParentRoute: () => frame, path: '/products/$productId/edit' }).lazy(() =>
  import('../features/products/edit-product-page.tsx').then((page) => page.Route),
);
const categories = createRoute({ getParentRoute: () => frame, path: '/products/categories' }).lazy(() =>
  import('../features/categories/categories-page.tsx').then((page) => page.Route),
);
const unmatched = createRoute({ getParentRoute: () => frame, path: '/products/unmatched' }).lazy(() =>
  import('../features/products/unmatched-page.tsx').then((page) => page.Route),
);

export const catalogueRoutes = [
  products.addChildren([product]),
  newProduct,
  editProduct,
  unmatched,
  categories,
] as const;
