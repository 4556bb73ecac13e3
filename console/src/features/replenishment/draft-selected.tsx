/** Purchase orders for the checked items: one draft per supplier. */
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { PurchaseOrder, ReorderPlan } from '@tradepost/contracts';
import { useState } from 'react';
import { call, newIdempotencyKey } from '../../api/call.ts';
import { toast } from '../../components/toast.ts';
import { offerUndo, toastError } from '../../components/undo.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';

/** The most lines of one order. */
const MOST_LINES = 500;

type Need = ReorderPlan & { supplierId: string };

export function DraftSelected({ plans, onDone }: { plans: readonly ReorderPlan[]; onDone: () => void }) {
  const { replenishment, purchasing } = useText();
  const formats = useFormats();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [made, setMade] = useState(0);
  const needed = plans.filter((plan): plan is Need => plan.supplierId !== null && plan.orderQuantity > 0);
  const orders = ordersOf(needed);
  const refresh = () => {
    for (const operation of ['listPurchaseOrders', 'listReorderPlans', 'getReorderPlan'])
      void client.invalidateQueries({ queryKey: [operation] });
  };
  const draft = useMutation({
    mutationFn: async () => {
      const drafts: PurchaseOrder[] = [];
      // A failure leaves the drafts made before it, and they count in what is still needed.
      try {
        for (const body of orders) {
          drafts.push(await call('createPurchaseOrder', { body }, { idempotencyKey: newIdempotencyKey() }));
          setMade(drafts.length);
        }
      } finally {
        refresh();
      }
      return drafts;
    },
    onSuccess: (drafts) => {
      onDone();
      const [only, ...others] = drafts;
      if (only !== undefined && others.length === 0)
        void navigate({
          to: '/purchasing/orders/$purchaseOrderId',
          params: { purchaseOrderId: only.id },
        });
      else void navigate({ to: '/purchasing/orders', search: { status: 'draft' } });
      offerUndo(replenishment.drafted(drafts.length), async () => {
        for (const { id } of drafts) await call('deletePurchaseOrder', { params: { id } });
        refresh();
        toast(replenishment.undrafted);
      });
    },
    onError: toastError,
    onSettled: () => setMade(0),
  });
  if (needed.length === 0) return <span className="dim">{replenishment.noneDraftable}</span>;
  return (
    <Button disabled={draft.isPending} onClick={() => draft.mutate()}>
      {draft.isPending
        ? replenishment.drafting(formats.number(made + 1), formats.number(orders.length))
        : replenishment.draftSome(purchasing.items(needed.length))}
    </Button>
  );
}

/** One per supplier, and more where there are too many lines for one. */
function ordersOf(needed: readonly Need[]) {
  return [...Map.groupBy(needed, ({ supplierId }) => supplierId)].flatMap(([supplierId, plans]) => {
    const lines = plans.map(({ variantId, orderQuantity }) => ({ variantId, quantity: orderQuantity }));
    return Array.from({ length: Math.ceil(lines.length / MOST_LINES) }, (_, part) => ({
      supplierId,
      lines: lines.slice(part * MOST_LINES, (part + 1) * MOST_LINES),
    }));
  });
}
