/** Which category or brand the checked products get. */
import { Autocomplete, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { BulkAction } from '@tradepost/contracts';
import { type FormEvent, type ReactNode, useState } from 'react';
import { query } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { useText } from '../../i18n/locale.tsx';
import { categoryPath } from '../categories/tree.ts';
import { useCategories } from './product-words.tsx';

export interface BulkDialogProps {
  /** How many, in words. */
  count: string;
  busy: boolean;
  error: unknown;
  onApply: (action: BulkAction) => void;
  onClose: () => void;
}

export function BulkCategoryDialog(props: BulkDialogProps) {
  const { products } = useText();
  const categories = useCategories();
  const [categoryId, setCategoryId] = useState<string | null>(null);
  return (
    <BulkForm
      {...props}
      title={products.bulk.chooseCategory}
      onSubmit={() => props.onApply({ type: 'set_category', categoryId })}
    >
      <Select
        label={products.category}
        placeholder={products.noCategory}
        data={categories.map(({ id }) => ({ value: id, label: categoryPath(categories, id) }))}
        value={categoryId}
        onChange={setCategoryId}
        searchable
        clearable
        nothingFoundMessage={products.nothingFound}
        data-autofocus
      />
    </BulkForm>
  );
}

export function BulkBrandDialog(props: BulkDialogProps) {
  const { products } = useText();
  const [brand, setBrand] = useState('');
  const known = useQuery(query('listBrands', { query: { search: brand.trim(), limit: 20 } }));
  return (
    <BulkForm
      {...props}
      title={products.bulk.chooseBrand}
      onSubmit={() => props.onApply({ type: 'set_brand', brand: brand.trim() || null })}
    >
      <Autocomplete
        label={products.brand}
        placeholder={products.noBrand}
        data={(known.data?.items ?? []).map(({ name }) => name)}
        value={brand}
        onChange={setBrand}
        maxLength={100}
        data-autofocus
      />
    </BulkForm>
  );
}

interface FormProps extends BulkDialogProps {
  title: string;
  ready?: boolean;
  onSubmit: () => void;
  children: ReactNode;
}

export function BulkForm({
  title,
  count,
  busy,
  error,
  ready = true,
  onSubmit,
  onClose,
  children,
}: FormProps) {
  const { products } = useText();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !busy) onSubmit();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className={classes.form} onSubmit={submit}>
        {children}
        <SubmitRow onCancel={onClose} error={error} loading={busy} disabled={!ready}>
          {products.bulk.submit(count)}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
