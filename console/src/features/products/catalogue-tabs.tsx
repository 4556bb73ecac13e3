import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { query } from '../../api/queries.ts';
import { Tabs } from '../../components/tabs.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';

/** The parts of the catalogue, and whether something waits to be matched. */
export function CatalogueTabs() {
  const { products, categories, unmatched, nav } = useText();
  // An open product belongs to the list beside it.
  const { productId } = useParams({ strict: false });
  const maySeeMarketplaces = useCan('marketplaces.read');
  const waiting = useQuery({
    ...query('listMarketplaceProducts', { query: { state: 'unmatched', limit: 1 } }),
    enabled: maySeeMarketplaces,
  });
  return (
    <Tabs label={nav.products}>
      <Link
        to="/products"
        activeOptions={{ exact: true, includeSearch: false }}
        data-status={productId ? 'active' : undefined}
      >
        {products.title}
      </Link>
      <Link to="/products/categories">{categories.title}</Link>
      {maySeeMarketplaces && (
        <Link to="/products/unmatched" data-dot={waiting.data?.items.length ? true : undefined}>
          {unmatched.title}
        </Link>
      )}
    </Tabs>
  );
}
