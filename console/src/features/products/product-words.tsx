/** Small things that every screen of the catalogue says: a product's state, its price, the path of a category. */
import { useQuery } from '@tanstack/react-query';
import type { Category, Product } from '@tradepost/contracts';
import { query } from '../../api/queries.ts';
import { Money } from '../../components/figures.tsx';
import { type Look, StatusBadge } from '../../components/status-badge.tsx';
import { useText } from '../../i18n/locale.tsx';

const looks: Record<Product['status'], Look> = { draft: 'waiting', active: 'done', archived: 'paused' };

export function ProductStatus({ product }: { product: Product }) {
  const { products } = useText();
  if (product.deletedAt !== null) return <StatusBadge look="ended">{products.isDeletedShort}</StatusBadge>;
  return <StatusBadge look={looks[product.status]}>{products.statuses[product.status]}</StatusBadge>;
}

/** The price of its variants, or the lowest where they differ. */
export function ProductPrice({ product }: { product: Product }) {
  const { products } = useText();
  const [lowest, ...dearer] = product.variants.toSorted((a, b) => a.priceMinor - b.priceMinor);
  if (lowest === undefined) return null;
  const differs = dearer.some((variant) => variant.priceMinor !== lowest.priceMinor);
  const money = <Money minor={lowest.priceMinor} currency={lowest.currency} />;
  if (!differs) return money;
  return (
    <>
      <span className="dim">{products.from}</span> {money}
    </>
  );
}

/** The whole tree, each parent before its children; empty until it is read. */
export function useCategories(): readonly Category[] {
  return useQuery(query('listCategories', {})).data?.items ?? [];
}
