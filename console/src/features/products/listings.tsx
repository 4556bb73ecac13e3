import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { MarketplaceProduct } from '@tradepost/contracts';
import { query } from '../../api/queries.ts';
import { Copyable, Money } from '../../components/figures.tsx';
import { ErrorNote, Lines } from '../../components/states.tsx';
import { type Look, StatusBadge } from '../../components/status-badge.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './products.module.css';

const looks: Record<MarketplaceProduct['status'], Look> = {
  active: 'done',
  inactive: 'paused',
  end_of_life: 'ended',
};

/** Where a product is offered, for how much, and what each marketplace believes there is of it. */
export function Listings({ productId }: { productId: string }) {
  const { products } = useText();
  const formats = useFormats();
  const listings = useQuery(query('listMarketplaceProducts', { query: { productId, limit: 200 } }));
  if (listings.data === undefined) {
    return listings.error ? <ErrorNote error={listings.error} /> : <Lines count={2} />;
  }
  if (listings.data.items.length === 0) return <p className={classes.none}>{products.noListings}</p>;
  return (
    <div className={classes.lines}>
      {listings.data.items.map((listing) => (
        <div key={listing.id} className={classes.line}>
          <span className={classes.lineName}>
            <Link to="/marketplaces/$accountId" params={{ accountId: listing.accountId }} className="link">
              {listing.accountName}
            </Link>
            <StatusBadge look={looks[listing.status]}>{products.offers[listing.status]}</StatusBadge>
          </span>
          <span className={classes.figure}>
            {listing.priceMinor !== null && listing.currency !== null && (
              <Money minor={listing.priceMinor} currency={listing.currency} />
            )}
          </span>
          <span className={classes.meta}>
            {listing.variant && <Copyable value={listing.variant.sku} />}
            <span>
              {products.offer} <Copyable value={listing.externalId} />
            </span>
            {listing.stock !== null && <span>{products.stockThere(formats.number(listing.stock))}</span>}
          </span>
        </div>
      ))}
    </div>
  );
}
