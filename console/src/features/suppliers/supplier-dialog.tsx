import { Group, NumberInput, Textarea, TextInput } from '@mantine/core';
import type { Supplier } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import { useShopCurrency } from '../settings/use-shop.ts';

interface Props {
  /** null: a new one. */
  supplier: Supplier | null;
  onClose: () => void;
  onSaved?: (supplier: Supplier) => void;
}

/** Makes a supplier, or changes one. */
export function SupplierDialog({ supplier, onClose, onSaved }: Props) {
  const { suppliers, actions } = useText();
  const shopCurrency = useShopCurrency();
  const [name, setName] = useState(supplier?.name ?? '');
  const [leadTimeDays, setLeadTimeDays] = useState<number | ''>(supplier?.leadTimeDays ?? 7);
  const [reviewPeriodDays, setReviewPeriodDays] = useState<number | ''>(supplier?.reviewPeriodDays ?? 7);
  const done = (said: (name: string) => string) => (after: Supplier) => {
    onClose();
    toast(said(after.name));
    onSaved?.(after);
  };
  const create = useCall('createSupplier', done(suppliers.created_));
  const update = useCall('updateSupplier', done(suppliers.saved));
  const busy = create.isPending || update.isPending;
  const ready = name.trim() !== '' && leadTimeDays !== '' && reviewPeriodDays !== '';
  return (
    <Dialog title={supplier === null ? suppliers.create : supplier.name} onClose={onClose} size={520}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready || busy) return;
          const form = new FormData(event.currentTarget);
          const field = (key: string) => String(form.get(key) ?? '').trim() || null;
          const currency = field('currency')?.toUpperCase() ?? shopCurrency;
          const body = {
            name: name.trim(),
            email: field('email'),
            phone: field('phone'),
            notes: field('notes'),
            leadTimeDays,
            reviewPeriodDays,
          };
          if (supplier === null) create.mutate({ body: { ...body, currency } });
          else
            update.mutate({
              params: { id: supplier.id },
              body: {
                ...body,
                ...(currency === supplier.currency ? {} : { currency }),
                version: supplier.version,
              },
            });
        }}
      >
        <TextInput
          label={suppliers.name}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={200}
          required
          withAsterisk={false}
          data-autofocus
        />
        <Group grow align="flex-start">
          <TextInput
            name="email"
            type="email"
            label={suppliers.email}
            defaultValue={supplier?.email ?? ''}
            maxLength={254}
          />
          <TextInput
            name="phone"
            type="tel"
            label={suppliers.phone}
            defaultValue={supplier?.phone ?? ''}
            maxLength={50}
          />
        </Group>
        <Group grow align="flex-start">
          <NumberInput
            label={suppliers.leadTime}
            description={suppliers.leadTimeHelp}
            value={leadTimeDays}
            onChange={(value) => setLeadTimeDays(typeof value === 'number' ? value : '')}
            min={0}
            max={365}
            allowDecimal={false}
          />
          <NumberInput
            label={suppliers.reviewField}
            description={suppliers.reviewHelp}
            value={reviewPeriodDays}
            onChange={(value) => setReviewPeriodDays(typeof value === 'number' ? value : '')}
            min={1}
            max={90}
            allowDecimal={false}
          />
        </Group>
        <TextInput
          key={supplier === null ? shopCurrency : ''}
          name="currency"
          label={suppliers.currency}
          description={suppliers.currencyHelp}
          defaultValue={supplier?.currency ?? shopCurrency}
          pattern="[A-Za-z]{3}"
          maxLength={3}
          required
          withAsterisk={false}
        />
        <Textarea
          name="notes"
          label={suppliers.notes}
          defaultValue={supplier?.notes ?? ''}
          maxLength={5_000}
          rows={3}
        />
        <SubmitRow onCancel={onClose} error={create.error ?? update.error} loading={busy} disabled={!ready}>
          {supplier === null ? suppliers.createSubmit : actions.save}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
