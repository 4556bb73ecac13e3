import { NativeSelect, NumberInput, SegmentedControl, TextInput } from '@mantine/core';
import type { StockLevel } from '@tradepost/contracts';
import { useState } from 'react';
import { CallFailed } from '../../api/call.ts';
import type { CallInput } from '../../api/endpoints.ts';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { offerUndo } from '../../components/undo.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';
import { useLevels } from './use-levels.ts';

type CreateAdjustmentBody = CallInput<'createAdjustment'>['body'];
type OperationName = CreateAdjustmentBody['operation'];

/** The most pieces the server takes in one adjustment or level. */
const MOST = 1_000_000;

/** Changes what is on hand at one location, from the figure that is shown: when that is no longer so, nothing happens. */
export function AdjustDialog({ level: first, onClose }: { level: StockLevel; onClose: () => void }) {
  const { stock } = useText();
  const formats = useFormats();
  const { nameOf } = useLocations();
  const [location, setLocation] = useState(first.location);
  const [operation, setOperation] = useState<OperationName>('add');
  const [quantity, setQuantity] = useState<number | ''>('');
  const [reason, setReason] = useState('');
  const { levels = [first], refetch } = useLevels(first.sku);
  const level = levels.find((each) => each.location === location) ?? first;
  const { adjust, refused } = useAdjust(level, onClose);

  // After a refusal the true figure is known before the level itself has caught up.
  const onHand = refused?.expectedOnHand === level.onHand ? refused.onHand : level.onHand;
  const after = onHandAfter(onHand, operation, quantity || 0);
  const ready = quantity !== '' && after >= 0 && after <= MOST && (operation === 'set' || quantity > 0);
  const holdsMore = after < level.reserved;
  const warning = after < 0 ? stock.belowZero : holdsMore ? stock.belowReserved : null;

  return (
    <Dialog title={`${stock.adjust} · ${level.sku}`} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready || adjust.isPending) return;
          const trimmed = reason.trim();
          const body: CreateAdjustmentBody = {
            sku: level.sku,
            location: level.location,
            quantity,
            operation,
            expectedOnHand: onHand,
            ...(holdsMore ? { whenHeld: 'release' } : {}),
            ...(trimmed ? { reason: trimmed } : {}),
          };
          adjust.mutate({ body }, { onError: () => void refetch() });
        }}
      >
        {levels.length > 1 && (
          <NativeSelect
            label={stock.location}
            value={location}
            onChange={(event) => setLocation(event.currentTarget.value)}
            data={levels.map((each) => ({
              value: each.location,
              label: `${nameOf(each.location)} · ${formats.number(each.onHand)}`,
            }))}
          />
        )}
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
          {stock.becomes(formats.number(onHand), formats.number(after))}
          {warning && <> · {warning}</>}
        </p>
        {refused ? (
          <p className={classes.preview} data-tone="warn" role="alert">
            {stock.changedMeanwhile(formats.number(refused.onHand), formats.number(refused.expectedOnHand))}
          </p>
        ) : (
          <ErrorNote error={adjust.error} />
        )}
        <SubmitRow onCancel={onClose} loading={adjust.isPending} disabled={!ready}>
          {stock.apply}
        </SubmitRow>
      </form>
    </Dialog>
  );
}

/** The call with its undo. `refused` says, after a refusal, which figure was there instead of the one shown. */
function useAdjust(level: StockLevel, onClose: () => void) {
  const { stock } = useText();
  const formats = useFormats();
  const undo = useCall('createAdjustment', () => toast(stock.undone(level.sku)));
  const adjust = useCall('createAdjustment', ({ level: after, givenUp }, { body }) => {
    const delta = after.onHand - (body.expectedOnHand ?? after.onHand);
    const lost = givenUp.length > 0 ? ` · ${stock.givenUp(givenUp.length)}` : '';
    const message = stock.adjusted(level.sku, formats.number(after.onHand)) + lost;
    onClose();
    if (delta === 0) return toast(message);
    offerUndo(message, () =>
      // The opposite change, not the old figure: a sale in between stays counted.
      undo.mutateAsync({
        body: {
          sku: level.sku,
          location: level.location,
          operation: delta > 0 ? 'subtract' : 'add',
          quantity: Math.abs(delta),
          reason: stock.undoReason,
        },
      }),
    );
  });
  const { error } = adjust;
  const told = error instanceof CallFailed ? error.problem?.stock : undefined;
  return { adjust, refused: told?.location === level.location ? told : undefined };
}

function onHandAfter(onHand: number, operation: OperationName, quantity: number): number {
  if (operation === 'add') return onHand + quantity;
  return operation === 'subtract' ? onHand - quantity : quantity;
}
