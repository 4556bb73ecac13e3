import { Button, Group, TextInput } from '@mantine/core';
import { IconFileTypePdf, IconMail } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { PurchaseOrder } from '@tradepost/contracts';
import { useState } from 'react';
import { addressOf } from '../../api/call.ts';
import { query, useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { useLocale } from '../../i18n/locale.tsx';

/** Marks a draft as sent. The supplier gets it from a person: the PDF and the address are at hand. */
export function SendDialog({ order, onClose }: { order: PurchaseOrder; onClose: () => void }) {
  const { text, locale } = useLocale();
  const { purchaseOrders, purchasing } = text;
  const supplier = useQuery(query('getSupplier', { params: { id: order.supplierId } })).data;
  const [expectedOn, setExpectedOn] = useState(order.expectedOn ?? '');
  const params = { id: order.id };
  const send = useCall('sendPurchaseOrder', ({ number }) => {
    onClose();
    toast(purchaseOrders.sent(number));
  });
  const update = useCall('updatePurchaseOrder', () => send.mutate({ params }));
  const busy = update.isPending || send.isPending;
  return (
    <Dialog title={purchaseOrders.sendTitle(order.number)} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (busy) return;
          if (expectedOn === (order.expectedOn ?? '')) send.mutate({ params });
          else update.mutate({ params, body: { expectedOn: expectedOn || null, version: order.version } });
        }}
      >
        <p>{purchaseOrders.sendHelp(purchasing.pieces(order.quantity), order.supplierName)}</p>
        <Group>
          <Button
            component="a"
            variant="default"
            href={addressOf('getPurchaseOrderPdf', { params, query: { language: locale } })}
            target="_blank"
            rel="noreferrer"
            leftSection={<IconFileTypePdf size={14} aria-hidden />}
          >
            {purchaseOrders.sendPdf}
          </Button>
          {supplier?.email && (
            <Button
              component="a"
              variant="default"
              href={`mailto:${supplier.email}?subject=${encodeURIComponent(purchaseOrders.mailSubject(order.number))}`}
              leftSection={<IconMail size={14} aria-hidden />}
            >
              {purchaseOrders.writeMail(supplier.email)}
            </Button>
          )}
        </Group>
        <TextInput
          type="date"
          label={purchaseOrders.expected}
          description={supplier && purchaseOrders.expectedHelp(purchasing.days(supplier.leadTimeDays))}
          value={expectedOn}
          onChange={(event) => setExpectedOn(event.currentTarget.value)}
        />
        <SubmitRow onCancel={onClose} error={update.error ?? send.error} loading={busy} data-autofocus>
          {purchaseOrders.sendSubmit}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
