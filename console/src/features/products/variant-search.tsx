/** Finds a variant by typing or by a barcode reader, which types and presses Enter. */
import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { query } from '../../api/queries.ts';
import dialog from '../../components/dialog.module.css';
import { ErrorNote } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import classes from './products.module.css';

/** What is known of a variant once it is chosen. */
export interface FoundVariant {
  id: string;
  sku: string;
  name: string;
}

interface Props {
  label: string;
  /** These are not offered again. */
  without?: ReadonlySet<string>;
  onPick: (variant: FoundVariant) => void;
  autoFocus?: boolean;
}

/** Letters from which a search makes sense. */
const ENOUGH = 2;

const asked = (search: string) => query('listProducts', { query: { search, limit: 10 } });

export function VariantSearch({ label, without, onPick, autoFocus }: Props) {
  const { purchasing } = useText();
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 200);
  const searching = search.length >= ENOUGH && typed.trim().length >= ENOUGH;
  const found = useQuery({ ...asked(search), enabled: searching, placeholderData: keepPreviousData });
  const offered = (products = found.data?.items ?? []) =>
    products
      .flatMap((product) => product.variants.map(({ id, sku, name }) => ({ id, sku, name })))
      .filter(({ id }) => !without?.has(id));
  const pick = (variant: FoundVariant) => {
    setTyped('');
    onPick(variant);
  };
  // A barcode reader does not wait for the list: Enter asks for what stands in the field now.
  const pickFirst = async (now: string) => {
    if (now.length < ENOUGH) return;
    const { items } = await client.fetchQuery(asked(now));
    const all = offered(items);
    const exact = all.find(({ sku }) => sku.toLowerCase() === now.toLowerCase());
    const first = exact ?? all[0];
    if (first) pick(first);
  };
  return (
    <div className={classes.variantSearch}>
      <TextInput
        label={label}
        description={purchasing.findItemHelp}
        placeholder={purchasing.findItem}
        type="search"
        autoComplete="off"
        value={typed}
        maxLength={100}
        data-autofocus={autoFocus || undefined}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          void pickFirst(event.currentTarget.value.trim()).catch(() => {
            // The list below says what went wrong.
          });
        }}
      />
      <ErrorNote error={found.error} />
      {searching &&
        found.data !== undefined &&
        (offered().length === 0 ? (
          <p className={dialog.hint}>{purchasing.nothingFound}</p>
        ) : (
          <ul className={classes.found} aria-label={label}>
            {offered().map((variant) => (
              <li key={variant.id}>
                <button type="button" onClick={() => pick(variant)}>
                  <span className="mono">{variant.sku}</span>
                  <span>{variant.name}</span>
                </button>
              </li>
            ))}
          </ul>
        ))}
    </div>
  );
}
