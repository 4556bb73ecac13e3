/** The form of a product, new or not: facts above, variants as a table below. */
import { Autocomplete, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { query } from '../../api/queries.ts';
import { Section } from '../../components/page.tsx';
import { useText } from '../../i18n/locale.tsx';
import { productStatuses } from '../../words.ts';
import { categoryPath } from '../categories/tree.ts';
import type { DraftFault, ProductDraft, ProductField } from './draft.ts';
import classes from './product-form.module.css';
import { useCategories } from './product-words.tsx';
import { VariantTable } from './variant-table.tsx';

export interface DraftProps {
  draft: ProductDraft;
  onChange: (change: (before: ProductDraft) => ProductDraft) => void;
}

export function ProductForm({ draft, onChange }: DraftProps) {
  const { products } = useText();
  const categories = useCategories();
  const [brandTyped] = useDebouncedValue(draft.brand.trim(), 200);
  const brands = useQuery(query('listBrands', { query: { search: brandTyped, limit: 20 } }));
  const set = (field: ProductField, value: string) => onChange((before) => ({ ...before, [field]: value }));
  return (
    <>
      <Section title={products.facts}>
        <div className={classes.fields}>
          <TextInput
            className={classes.wide}
            label={products.name}
            value={draft.name}
            onChange={(event) => set('name', event.currentTarget.value)}
            maxLength={255}
            required
            withAsterisk={false}
            autoFocus={draft.name === ''}
          />
          <NativeSelect
            label={products.status}
            value={draft.status}
            onChange={(event) => set('status', event.currentTarget.value)}
            data={productStatuses.map((value) => ({ value, label: products.statuses[value] }))}
          />
          <Autocomplete
            label={products.category}
            description={products.categoryHint}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            data={[...new Set(categories.map(({ id }) => categoryPath(categories, id)))]}
            limit={30}
            value={draft.category}
            onChange={(value) => set('category', value)}
            maxLength={500}
          />
          <Autocomplete
            label={products.brand}
            data={(brands.data?.items ?? []).map(({ name }) => name)}
            value={draft.brand}
            onChange={(value) => set('brand', value)}
            maxLength={100}
          />
          <Textarea
            className={classes.wide}
            label={products.description}
            value={draft.description}
            onChange={(event) => set('description', event.currentTarget.value)}
            maxLength={20_000}
            rows={4}
          />
          <Textarea
            className={classes.wide}
            label={products.attributes}
            description={products.attributesHint}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={draft.attributes}
            onChange={(event) => set('attributes', event.currentTarget.value)}
            rows={3}
          />
        </div>
      </Section>
      <Section title={products.variants}>
        <VariantTable draft={draft} onChange={onChange} />
      </Section>
    </>
  );
}

/** What has to be mended before it can be sent, in words. */
export function useFaultWords(): (fault: DraftFault) => string {
  const { products } = useText();
  return (fault) => ('sku' in fault ? products[fault.kind](fault.sku) : products[fault.kind]);
}
