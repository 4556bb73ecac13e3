/** Finds the variant that an offer of a marketplace is. */
import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { MarketplaceProduct } from '@tradepost/contracts';
import { useState } from 'react';
import { query, useCall } from '../../api/queries.ts';
import dialog from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote, Lines } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import classes from './products.module.css';

/** Letters from which a search makes sense. */
const ENOUGH = 2;

export function LinkDialog({ listing, onClose }: { listing: MarketplaceProduct; onClose: () => void }) {
  const { unmatched } = useText();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 200);
  const searching = search.length >= ENOUGH;
  const found = useQuery({
    ...query('listProducts', { query: { search, limit: 10 } }),
    enabled: searching,
  });
  const link = useCall('linkMarketplaceProduct', ({ name, variant }) => {
    onClose();
    toast(unmatched.linked(name, variant?.sku ?? ''));
  });
  const offered = searching
    ? found.data?.items.flatMap((product) => product.variants.map(({ id, sku, name }) => ({ id, sku, name })))
    : listing.candidates;
  return (
    <Dialog title={unmatched.linkTitle} onClose={onClose} size={520}>
      <div className={dialog.form}>
        <div className={dialog.preview}>
          <p>{listing.name}</p>
          <p className="dim">{listing.reason}</p>
        </div>
        <TextInput
          label={unmatched.find}
          type="search"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          maxLength={100}
          data-autofocus
        />
        <ErrorNote error={link.error ?? found.error} />
        {offered === undefined ? (
          !found.error && <Lines count={3} />
        ) : offered.length === 0 ? (
          <p className={dialog.hint}>{searching ? unmatched.nothingFound : unmatched.findHelp}</p>
        ) : (
          <ul className={classes.found} aria-label={searching ? unmatched.find : unmatched.candidates}>
            {offered.map((variant) => (
              <li key={variant.id}>
                <button
                  type="button"
                  disabled={link.isPending}
                  onClick={() => link.mutate({ params: { id: listing.id }, body: { variantId: variant.id } })}
                >
                  <span className="mono">{variant.sku}</span>
                  <span>{variant.name}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Dialog>
  );
}
