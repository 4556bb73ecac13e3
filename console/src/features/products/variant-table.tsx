/** The variants as a table to type into. Enter goes down a column, and from the last row to a new one. */
import { ActionIcon, Button, NativeSelect, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconPlus, IconTrash } from '@tabler/icons-react';
import { decimalsOf } from '@tradepost/contracts/money';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useText } from '../../i18n/locale.tsx';
import { useShopCurrency } from '../settings/use-shop.ts';
import { emptyVariant, type VariantDraft, type VariantField } from './draft.ts';
import classes from './product-form.module.css';
import type { DraftProps } from './product-form.tsx';

/** As many as the server takes. */
const MOST = 100;

export function VariantTable({ draft, onChange }: DraftProps) {
  const { products } = useText();
  const currency = useShopCurrency();
  const table = useRef<HTMLDivElement>(null);
  const [added, setAdded] = useState<string | null>(null);
  const full = draft.variants.length >= MOST;

  // The new row takes the focus once it is there.
  useEffect(() => {
    if (added !== null) table.current?.querySelector<HTMLElement>(`[data-row="${added}"] input`)?.focus();
  }, [added]);

  const add = () => {
    if (full) return;
    const last = draft.variants.at(-1);
    // What variants of one product mostly share is taken over.
    const next = { ...emptyVariant(last?.currency ?? currency, last?.vat), price: last?.price ?? '' };
    onChange((before) => ({ ...before, variants: [...before.variants, next] }));
    setAdded(next.key);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const { target } = event;
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || !(target instanceof HTMLInputElement))
      return;
    event.preventDefault();
    const inputs = [...(table.current?.querySelectorAll<HTMLInputElement>(`[name="${target.name}"]`) ?? [])];
    const below = inputs[inputs.indexOf(target) + 1];
    if (below) below.focus();
    else add();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the fields in it are what is interacted with
    <div ref={table} onKeyDown={onKeyDown}>
      <div className={classes.variants}>
        <div className={classes.variantHead} aria-hidden>
          <span />
          <span>{products.sku}</span>
          <span>{products.variantName}</span>
          <span>{products.barcode}</span>
          <span>{products.price}</span>
          <span>{draft.variants.some(({ id }) => id === null) && products.openingStock}</span>
          <span />
        </div>
        {draft.variants.map((variant, index) => (
          <VariantRow
            key={variant.key}
            variant={variant}
            place={index + 1}
            only={draft.variants.length === 1}
            onField={(field, value) =>
              onChange((before) => ({
                ...before,
                variants: before.variants.map((each) =>
                  each.key === variant.key ? { ...each, [field]: value } : each,
                ),
              }))
            }
            onRemove={() =>
              onChange((before) => ({
                ...before,
                variants: before.variants.filter(({ key }) => key !== variant.key),
              }))
            }
          />
        ))}
      </div>
      <div className={classes.below}>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={add}
          disabled={full}
        >
          {products.addVariant}
        </Button>
        <span className="dim">{products.variantKeys}</span>
      </div>
    </div>
  );
}

interface RowProps {
  variant: VariantDraft;
  place: number;
  only: boolean;
  onField: (field: VariantField | 'onHand', value: string) => void;
  onRemove: () => void;
}

function VariantRow({ variant, place, only, onField, onRemove }: RowProps) {
  const { products } = useText();
  const [open, setOpen] = useState(false);
  const named = variant.sku.trim() || String(place);
  const Chevron = open ? IconChevronDown : IconChevronRight;
  const text = (field: VariantField, label: string, maxLength: number, mono = false) => (
    <TextInput
      name={field}
      label={label}
      aria-label={`${label}, ${named}`}
      value={variant[field]}
      onChange={(event) => onField(field, event.currentTarget.value)}
      maxLength={maxLength}
      {...(mono ? { classNames: { input: classes.mono } } : {})}
    />
  );
  const figure = (field: VariantField | 'onHand', label: string, decimals: number, unit?: string) => (
    <TextInput
      name={field}
      label={label}
      aria-label={`${label}, ${named}`}
      inputMode={decimals > 0 ? 'decimal' : 'numeric'}
      value={variant[field]}
      onChange={(event) => {
        const typed = event.currentTarget.value.replace(',', '.');
        if (isFigure(typed, decimals)) onField(field, typed);
      }}
      rightSection={unit ? <span className={classes.unit}>{unit}</span> : null}
      rightSectionWidth={unit ? 44 : 0}
      classNames={{ input: classes.figure }}
    />
  );
  const digits = decimalsOf(variant.currency);
  return (
    <div className={classes.variant} data-row={variant.key}>
      <div className={classes.variantRow}>
        <ActionIcon aria-label={products.moreOf(named)} aria-expanded={open} onClick={() => setOpen(!open)}>
          <Chevron size={16} aria-hidden />
        </ActionIcon>
        {text('sku', products.sku, 64, true)}
        {text('name', products.variantName, 255)}
        {text('barcode', products.barcode, 14, true)}
        {figure('price', products.price, digits, variant.currency)}
        {variant.id === null ? (
          figure('onHand', products.openingStock, 0)
        ) : (
          <span className={classes.unused} aria-hidden />
        )}
        {only ? (
          <span />
        ) : (
          <ActionIcon aria-label={products.removeVariant(named)} onClick={onRemove}>
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        )}
      </div>
      {open && (
        <div className={classes.more}>
          {figure('cost', products.cost, digits, variant.currency)}
          {figure('vat', products.vat, 2, '%')}
          {figure('weight', products.weight, 0, 'g')}
          {text('partNumber', products.partNumber, 64, true)}
          {text('traits', products.traits, 500)}
          <NativeSelect
            label={products.status}
            aria-label={`${products.status}, ${named}`}
            value={variant.status}
            onChange={(event) => onField('status', event.currentTarget.value)}
            data={(['active', 'archived'] as const).map((value) => ({
              value,
              label: products.statuses[value],
            }))}
          />
        </div>
      )}
    </div>
  );
}

/** A figure, or the beginning of one, with at most so many decimals. */
function isFigure(typed: string, decimals: number): boolean {
  const [whole = '', fraction, ...rest] = typed.split('.');
  if (rest.length > 0 || !/^\d{0,8}$/.test(whole)) return false;
  return fraction === undefined || (decimals > 0 && /^\d*$/.test(fraction) && fraction.length <= decimals);
}
