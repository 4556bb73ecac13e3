import { NumberInput } from '@mantine/core';
import type { StockLevel } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { offerUndo } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';

const MOST = 1_000_000;

/** How many pieces are kept back from the marketplaces, and at how many an alert comes. */
export function LimitsDialog({ level, onClose }: { level: StockLevel; onClose: () => void }) {
  const { stock, actions } = useText();
  const [buffer, setBuffer] = useState<number | ''>(level.safetyBuffer);
  const [lowAt, setLowAt] = useState<number | ''>(level.lowStockThreshold);
  const params = { variantId: level.variantId, location: level.location };
  const save = useCall('updateStockLevel', () => {
    const { safetyBuffer, lowStockThreshold } = level;
    onClose();
    offerUndo(stock.limitsSaved, () =>
      save.mutateAsync({ params, body: { safetyBuffer, lowStockThreshold } }),
    );
  });
  // Unchanged it is not sent: it may be the usual one, which is to stay so when the usual one changes.
  const change = {
    ...(buffer === level.safetyBuffer ? {} : { safetyBuffer: buffer || 0 }),
    ...(lowAt === level.lowStockThreshold ? {} : { lowStockThreshold: lowAt === '' ? null : lowAt }),
  };
  const field = {
    min: 0,
    max: MOST,
    allowDecimal: false,
    allowNegative: false,
    inputMode: 'numeric',
  } as const;
  return (
    <Dialog title={`${stock.limits} · ${level.sku}`} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (Object.keys(change).length === 0) onClose();
          else if (!save.isPending) save.mutate({ params, body: change });
        }}
      >
        <NumberInput
          label={stock.lowAt}
          description={stock.lowAtHelp}
          value={lowAt}
          onChange={(value) => setLowAt(typeof value === 'number' ? value : '')}
          {...field}
          data-autofocus
        />
        <NumberInput
          label={stock.buffer}
          description={stock.bufferHelp}
          value={buffer}
          onChange={(value) => setBuffer(typeof value === 'number' ? value : '')}
          {...field}
        />
        <SubmitRow onCancel={onClose} error={save.error} loading={save.isPending}>
          {actions.save}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
