import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Product, Variant } from '@tradepost/contracts';
import { list } from '../../api/queries.ts';
import { Copyable, Figure, Money, Sku } from '../../components/figures.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import classes from './products.module.css';

/** The variants of a product, each with what it costs, how it is told apart, and what is left of it. */
export function Variants({ product }: { product: Product }) {
  const maySeeStock = useCan('inventory.read');
  const levels = useInfiniteQuery({
    ...list('listStockLevels', { query: { productId: product.id, limit: 200 } }),
    enabled: maySeeStock,
  });
  const available = new Map<string, number>();
  for (const level of levels.data?.pages.flatMap((page) => page.items) ?? []) {
    available.set(level.variantId, (available.get(level.variantId) ?? 0) + level.available);
  }
  return (
    <div className={classes.lines}>
      {product.variants.map((variant) => (
        <VariantLine
          key={variant.id}
          variant={variant}
          named={variant.name !== product.name}
          available={available.get(variant.id)}
        />
      ))}
    </div>
  );
}

interface LineProps {
  variant: Variant;
  /** It has a name of its own, beside the product's. */
  named: boolean;
  available: number | undefined;
}

function VariantLine({ variant, named, available }: LineProps) {
  const { products } = useText();
  const formats = useFormats();
  const { barcode, partNumber, costMinor, currency, vatRateBps, weightGrams } = variant;
  const traits = Object.values(variant.attributes).join(' · ');
  return (
    <div className={classes.line}>
      <span className={classes.lineName}>
        <Sku value={variant.sku} />
        {named && variant.name}
        {traits && <span className="dim">{traits}</span>}
        {variant.status === 'archived' && (
          <StatusBadge look="paused">{products.statuses.archived}</StatusBadge>
        )}
      </span>
      <span className={classes.figure}>
        <Money minor={variant.priceMinor} currency={currency} />
      </span>
      <span className={classes.meta}>
        {available !== undefined && (
          <Link to="/stock/$sku" params={{ sku: variant.sku }} className="link">
            {products.available}&nbsp;
            <Figure value={available} />
            <span className="visually-hidden"> {products.openStock(variant.sku)}</span>
          </Link>
        )}
        {barcode && (
          <span>
            {products.barcode} <Copyable value={barcode} />
          </span>
        )}
        {partNumber && (
          <span>
            {products.partNumber} <Copyable value={partNumber} />
          </span>
        )}
        {vatRateBps !== null && (
          <span>
            {products.vat} {formats.percent(vatRateBps / 10_000)}
          </span>
        )}
        {costMinor !== null && (
          <span>
            {products.cost} <Money minor={costMinor} currency={currency} />
          </span>
        )}
        {weightGrams !== null && <span>{products.grams(formats.number(weightGrams))}</span>}
      </span>
    </div>
  );
}
