/** The next sensible step of an order as the one filled button; the others in a menu beside it. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconBan, IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { PurchaseOrder } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import { ConfirmByName } from '../../components/confirm-by-name.tsx';
import { toast } from '../../components/toast.ts';
import { offerUndo, toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { isOpen } from './order-columns.tsx';
import { ReceiveDialog } from './receive-dialog.tsx';
import { SendDialog } from './send-dialog.tsx';

interface Props {
  order: PurchaseOrder;
  /** Lines were changed and not saved. */
  unsaved: boolean;
  onEdit: () => void;
}

export function OrderActions({ order, unsaved, onEdit }: Props) {
  const { purchaseOrders } = useText();
  const [asking, setAsking] = useState<'send' | 'receive' | 'cancel' | null>(null);
  const close = () => setAsking(null);
  const remove = useDeleteDraft(order);
  if (order.status === 'received' || order.status === 'cancelled') return null;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={purchaseOrders.more}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={14} aria-hidden />} onClick={onEdit}>
            {purchaseOrders.edit}
          </Menu.Item>
          {isOpen(order) ? (
            <Menu.Item leftSection={<IconBan size={14} aria-hidden />} onClick={() => setAsking('cancel')}>
              {purchaseOrders.cancel}
            </Menu.Item>
          ) : (
            <Menu.Item leftSection={<IconTrash size={14} aria-hidden />} onClick={remove}>
              {purchaseOrders.delete}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {isOpen(order) ? (
        <Button onClick={() => setAsking('receive')}>{purchaseOrders.receive}</Button>
      ) : (
        <Button disabled={unsaved || order.lines.length === 0} onClick={() => setAsking('send')}>
          {purchaseOrders.send}
        </Button>
      )}
      {asking === 'send' && <SendDialog order={order} onClose={close} />}
      {asking === 'receive' && <ReceiveDialog order={order} onClose={close} />}
      {asking === 'cancel' && <CancelDialog order={order} onClose={close} />}
    </>
  );
}

/** A deleted draft is brought back by writing it again: with the same lines, under the next number. */
function useDeleteDraft(order: PurchaseOrder): () => void {
  const { purchaseOrders } = useText();
  const navigate = useNavigate();
  const open = (id: string) =>
    void navigate({ to: '/purchasing/orders/$purchaseOrderId', params: { purchaseOrderId: id } });
  const again = useCall('createPurchaseOrder', ({ id }) => open(id));
  const remove = useCall('deletePurchaseOrder', () => {
    void navigate({ to: '/purchasing/orders', search: true });
    const { supplierId, location, expectedOn, exchangeRate, supplierReference, notes, lines } = order;
    offerUndo(purchaseOrders.deleted(order.number), () =>
      again.mutateAsync({
        body: {
          ...{ supplierId, location, expectedOn, exchangeRate, supplierReference, notes },
          lines: lines.map(({ variantId, quantity, unitCostMinor }) => ({
            variantId,
            quantity,
            unitCostMinor,
          })),
        },
      }),
    );
  });
  return () => remove.mutate({ params: { id: order.id } }, { onError: toastError });
}

function CancelDialog({ order, onClose }: { order: PurchaseOrder; onClose: () => void }) {
  const { purchaseOrders } = useText();
  const cancel = useCall('cancelPurchaseOrder', ({ number }) => {
    onClose();
    toast(purchaseOrders.cancelDone(number));
  });
  return (
    <ConfirmByName
      title={purchaseOrders.cancelTitle(order.number)}
      what={purchaseOrders.cancelWhat}
      label={purchaseOrders.cancelType(order.number)}
      name={order.number}
      confirm={purchaseOrders.cancel}
      busy={cancel.isPending}
      error={cancel.error}
      onConfirm={() => cancel.mutate({ params: { id: order.id } })}
      onClose={onClose}
    />
  );
}
