import { Button, Checkbox, Group, NumberInput, TextInput } from '@mantine/core';
import type { Supplier, SupplierPrice } from '@tradepost/contracts';
import { decimalsOf, toMajor, toMinor } from '@tradepost/contracts/money';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { numberIn, type TypedNumber } from '../../components/typed-number.ts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { type FoundVariant, VariantSearch } from '../products/variant-search.tsx';

interface Props {
  supplier: Supplier;
  /** null: of an item yet to be found. */
  price: SupplierPrice | null;
  onClose: () => void;
}

/** The most pieces the server takes in one line. */
const MOST = 1_000_000;

export function PriceDialog({ supplier, price, onClose }: Props) {
  const { suppliers, purchasing, actions } = useText();
  const formats = useFormats();
  const [variant, setVariant] = useState<FoundVariant | null>(
    price && { id: price.variantId, sku: price.sku, name: price.name },
  );
  const { currency } = supplier;
  const [amount, setAmount] = useState<TypedNumber>(price ? toMajor(price.priceMinor, currency) : '');
  const [minimum, setMinimum] = useState<number | ''>(price?.minimumOrderQuantity ?? 1);
  const [pack, setPack] = useState<number | ''>(price?.packSize ?? 1);
  const [leadTime, setLeadTime] = useState<number | ''>(price?.leadTimeDays ?? '');
  const [preferred, setPreferred] = useState(price?.preferred ?? true);
  const put = useCall('putSupplierPrice', ({ sku }) => {
    onClose();
    toast(suppliers.priceSaved(sku));
  });
  const typed = numberIn(amount);
  const ready = variant !== null && typed !== null && minimum !== '' && pack !== '';
  const number = (set: (value: number | '') => void) => (value: number | string) =>
    set(typeof value === 'number' ? value : '');
  return (
    <Dialog title={suppliers.addPriceTitle} onClose={onClose} size={520}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready || put.isPending) return;
          const supplierSku = String(new FormData(event.currentTarget).get('supplierSku') ?? '').trim();
          put.mutate({
            params: { id: supplier.id, variantId: variant.id },
            body: {
              priceMinor: toMinor(typed, currency),
              minimumOrderQuantity: minimum,
              packSize: pack,
              leadTimeDays: leadTime === '' ? null : leadTime,
              supplierSku: supplierSku || null,
              preferred,
            },
          });
        }}
      >
        {variant === null ? (
          <VariantSearch label={suppliers.item} onPick={setVariant} autoFocus />
        ) : (
          <Group justify="space-between" wrap="nowrap">
            <p>
              <span className="mono">{variant.sku}</span> {variant.name}
            </p>
            {price === null && (
              <Button variant="subtle" size="compact-xs" onClick={() => setVariant(null)}>
                {suppliers.otherItem}
              </Button>
            )}
          </Group>
        )}
        {variant !== null && (
          <>
            <NumberInput
              label={suppliers.price}
              description={suppliers.priceHelp}
              suffix={` ${currency}`}
              value={amount}
              onChange={setAmount}
              min={0}
              decimalScale={decimalsOf(currency)}
              decimalSeparator={formats.decimalSign}
              allowedDecimalSeparators={['.', ',']}
              hideControls
              required
              withAsterisk={false}
              data-autofocus
            />
            <Group grow align="flex-end">
              <NumberInput
                label={suppliers.minimum}
                value={minimum}
                onChange={number(setMinimum)}
                min={1}
                max={MOST}
                allowDecimal={false}
              />
              <NumberInput
                label={suppliers.pack}
                description={suppliers.packHelp}
                value={pack}
                onChange={number(setPack)}
                min={1}
                max={MOST}
                allowDecimal={false}
              />
            </Group>
            <Group grow align="flex-end">
              <NumberInput
                label={suppliers.ownLeadTime}
                description={suppliers.asSupplier(purchasing.days(supplier.leadTimeDays))}
                value={leadTime}
                onChange={number(setLeadTime)}
                min={0}
                max={365}
                allowDecimal={false}
              />
              <TextInput
                name="supplierSku"
                label={suppliers.theirSku}
                defaultValue={price?.supplierSku ?? ''}
                maxLength={64}
              />
            </Group>
            <Checkbox
              label={suppliers.preferred}
              description={suppliers.preferredHelp}
              checked={preferred}
              onChange={(event) => setPreferred(event.currentTarget.checked)}
            />
          </>
        )}
        <SubmitRow onCancel={onClose} error={put.error} loading={put.isPending} disabled={!ready}>
          {actions.save}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
