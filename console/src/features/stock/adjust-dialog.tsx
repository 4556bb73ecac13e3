import { Button, Group, NumberInput, SegmentedControl, TextInput } from '@mantine/core';
import type { AdjustStock, StockLevel } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { offerUndo } from '../../components/undo.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';

type OperationName = AdjustStock['operation'];

/** The most pieces the server takes in one adjustment or level. */
const MOST = 1_000_000;

export function AdjustDialog({ level, onClose }: { level: StockLevel; onClose: () => void }) {
  const { stock, actions } = useText();
  const formats = useFormats();
  const [operation, setOperation] = useState<OperationName>('add');
  const [quantity, setQuantity] = useState<number | ''>('');
  const [reason, setReason] = useState('');
  const undo = useCall('adjustItemStock', () => toast(stock.undone(level.sku)));
  const adjust = useCall('adjustItemStock', (after, { body }) => {
    const delta = onHandAfter(level.onHand, body.operation, body.quantity) - level.onHand;
    const message = stock.adjusted(level.sku, formats.number(after.onHand));
    onClose();
    if (delta === 0) return toast(message);
    offerUndo(message, () =>
      // The opposite change, not the old figure: a sale in between stays counted.
      undo.mutateAsync({
        body: {
          productId: level.sku,
          operation: delta > 0 ? 'subtract' : 'add',
          quantity: Math.abs(delta),
          reason: stock.undoReason,
        },
      }),
    );
  });

  const after = onHandAfter(level.onHand, operation, quantity || 0);
  const ready = quantity !== '' && after >= 0 && after <= MOST && (operation === 'set' || quantity > 0);
  const warning = after < 0 ? stock.belowZero : after < level.reserved ? stock.belowReserved : null;

  return (
    <Dialog title={`${stock.adjust} · ${level.sku}`} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready || adjust.isPending) return;
          const trimmed = reason.trim();
          adjust.mutate({
            body: { productId: level.sku, quantity, operation, ...(trimmed ? { reason: trimmed } : {}) },
          });
        }}
      >
        <SegmentedControl
          fullWidth
          aria-label={stock.operation}
          value={operation}
          onChange={(value) => setOperation(value as OperationName)}
          data={(['add', 'subtract', 'set'] as const).map((value) => ({
            value,
            label: stock.operations[value],
          }))}
        />
        <NumberInput
          label={stock.quantity}
          value={quantity}
          onChange={(value) => setQuantity(typeof value === 'number' ? value : '')}
          min={0}
          max={MOST}
          allowDecimal={false}
          allowNegative={false}
          inputMode="numeric"
          data-autofocus
        />
        <TextInput
          label={stock.reason}
          placeholder={stock.reasonExample}
          value={reason}
          maxLength={200}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <p className={classes.preview} data-tone={warning ? 'warn' : undefined} aria-live="polite">
          {stock.becomes(formats.number(level.onHand), formats.number(after))}
          {warning && <> · {warning}</>}
        </p>
        <ErrorNote error={adjust.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {actions.cancel}
          </Button>
          <Button type="submit" loading={adjust.isPending} disabled={!ready}>
            {stock.apply}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}

function onHandAfter(onHand: number, operation: OperationName, quantity: number): number {
  if (operation === 'add') return onHand + quantity;
  return operation === 'subtract' ? onHand - quantity : quantity;
}
