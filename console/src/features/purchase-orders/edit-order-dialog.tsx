import { NativeSelect, NumberInput, Textarea, TextInput } from '@mantine/core';
import type { PurchaseOrder } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { numberIn, type TypedNumber } from '../../components/typed-number.ts';
import { useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';
import { useShopCurrency } from '../settings/use-shop.ts';

/** All that an order says beside its lines. */
export function EditOrderDialog({ order, onClose }: { order: PurchaseOrder; onClose: () => void }) {
  const { purchaseOrders, actions } = useText();
  const locations = useLocations();
  const shopCurrency = useShopCurrency();
  const [rate, setRate] = useState<TypedNumber>(order.exchangeRate ?? '');
  const asksRate = order.currency !== shopCurrency && order.receipts.length === 0;
  const update = useCall('updatePurchaseOrder', () => {
    onClose();
    toast(purchaseOrders.saved);
  });
  return (
    <Dialog title={purchaseOrders.edit} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (update.isPending) return;
          const form = new FormData(event.currentTarget);
          const field = (key: string) => String(form.get(key) ?? '').trim() || null;
          const location = field('location');
          update.mutate({
            params: { id: order.id },
            body: {
              expectedOn: field('expectedOn'),
              supplierReference: field('supplierReference'),
              notes: field('notes'),
              ...(asksRate ? { exchangeRate: numberIn(rate) } : {}),
              ...(location ? { location } : {}),
              version: order.version,
            },
          });
        }}
      >
        {order.status === 'draft' && locations.several && (
          <NativeSelect
            name="location"
            label={purchaseOrders.location}
            defaultValue={order.location}
            data={locations.inUse.map(({ code, name }) => ({ value: code, label: name }))}
          />
        )}
        <TextInput
          name="expectedOn"
          type="date"
          label={purchaseOrders.expected}
          defaultValue={order.expectedOn ?? ''}
        />
        <TextInput
          name="supplierReference"
          label={purchaseOrders.theirNumber}
          defaultValue={order.supplierReference ?? ''}
          maxLength={100}
        />
        {asksRate && (
          <NumberInput
            label={purchaseOrders.exchangeRate}
            description={purchaseOrders.exchangeRateHelp(order.currency, shopCurrency)}
            value={rate}
            onChange={setRate}
            min={0}
            decimalScale={6}
            allowNegative={false}
            hideControls
          />
        )}
        <Textarea
          name="notes"
          label={purchaseOrders.notes}
          defaultValue={order.notes ?? ''}
          maxLength={5_000}
          rows={3}
        />
        <SubmitRow onCancel={onClose} error={update.error} loading={update.isPending}>
          {actions.save}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
