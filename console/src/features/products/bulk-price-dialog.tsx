import { NumberInput, SegmentedControl } from '@mantine/core';
import type { Product } from '@tradepost/contracts';
import { toMinor } from '@tradepost/contracts/money';
import { useState } from 'react';
import dialog from '../../components/dialog.module.css';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useShopCurrency } from '../settings/use-shop.ts';
import { type BulkDialogProps, BulkForm } from './bulk-dialogs.tsx';
import { type PriceChange, priceAfter } from './prices.ts';
import classes from './products.module.css';

/** Examples that are shown before a change. */
const EXAMPLES = 4;

/** Raises or lowers prices, and shows beforehand what becomes of some. */
export function BulkPriceDialog({ chosen, ...props }: BulkDialogProps & { chosen: readonly Product[] }) {
  const { products } = useText();
  const words = products.priceDialog;
  const formats = useFormats();
  const currency = useShopCurrency();
  const [kind, setKind] = useState<'percent' | 'amount'>('percent');
  const [by, setBy] = useState<number | ''>('');
  const change: PriceChange =
    kind === 'percent'
      ? { type: 'change_price_by', percent: Math.round((by || 0) * 100) / 100 }
      : { type: 'add_to_price', amountMinor: toMinor(by || 0, currency) };
  const variants = chosen.flatMap((product) => product.variants);
  const tooLow = variants.some((variant) => priceAfter(variant.priceMinor, change) < 0);
  return (
    <BulkForm
      {...props}
      title={words.title(props.count)}
      ready={by !== '' && by !== 0 && !tooLow}
      onSubmit={() => props.onApply(change)}
    >
      <SegmentedControl
        fullWidth
        aria-label={words.by}
        value={kind}
        onChange={(value) => setKind(value as typeof kind)}
        data={(['percent', 'amount'] as const).map((value) => ({ value, label: words.kinds[value] }))}
      />
      <NumberInput
        label={words.kinds[kind]}
        description={words.hint}
        suffix={kind === 'percent' ? ' %' : ` ${currency}`}
        value={by}
        onChange={(value) => setBy(typeof value === 'number' ? value : '')}
        min={kind === 'percent' ? -100 : -10_000_000}
        max={kind === 'percent' ? 1_000 : 10_000_000}
        decimalScale={2}
        data-autofocus
      />
      <div className={dialog.preview} data-tone={tooLow ? 'warn' : undefined} aria-live="polite">
        {tooLow ? (
          words.below
        ) : (
          <ul className={classes.examples}>
            {variants.slice(0, EXAMPLES).map((variant) => (
              <li key={variant.id}>
                <span className={classes.exampleName}>{variant.name}</span>
                <span>
                  {formats.money(variant.priceMinor, variant.currency)} →{' '}
                  {formats.money(priceAfter(variant.priceMinor, change), variant.currency)}
                </span>
              </li>
            ))}
            {variants.length > EXAMPLES && (
              <li className="dim">{words.more(formats.number(variants.length - EXAMPLES))}</li>
            )}
          </ul>
        )}
      </div>
    </BulkForm>
  );
}
