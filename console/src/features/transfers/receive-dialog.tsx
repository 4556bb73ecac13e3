import { NumberInput, TextInput } from '@mantine/core';
import type { Transfer } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import form from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';
import classes from './transfers.module.css';

interface Arrived {
  came: number | '';
  lost: number | '';
}

/** What came, line by line. It begins with everything, which is what comes most of the time. */
export function ReceiveDialog({ transfer, onClose }: { transfer: Transfer; onClose: () => void }) {
  const { transfers } = useText();
  const { nameOf } = useLocations();
  const open = transfer.lines.filter(({ inTransit }) => inTransit > 0);
  const [typed, setTyped] = useState<Record<string, Arrived>>({});
  const [reason, setReason] = useState('');
  const receive = useCall('receiveTransfer', (after) => {
    onClose();
    const name = nameOf(after.to);
    toast(after.inTransit > 0 ? transfers.receivedPart(name) : transfers.receivedDone(name));
  });
  const arrived = (sku: string, inTransit: number): Arrived => typed[sku] ?? { came: inTransit, lost: 0 };
  const rows = open.map((line) => {
    const { came, lost } = arrived(line.sku, line.inTransit);
    return { ...line, came, lost, stays: line.inTransit - Number(came) - Number(lost) };
  });
  const came = rows.reduce((sum, row) => sum + Number(row.came), 0);
  const lost = rows.reduce((sum, row) => sum + Number(row.lost), 0);
  const ready =
    came + lost > 0 && rows.every(({ stays }) => stays >= 0) && (lost === 0 || reason.trim() !== '');
  const set = (sku: string, inTransit: number, change: Partial<Arrived>) =>
    setTyped({ ...typed, [sku]: { ...arrived(sku, inTransit), ...change } });
  const field = { min: 0, allowDecimal: false, allowNegative: false, inputMode: 'numeric' } as const;
  return (
    <Dialog title={`${transfers.receive} · ${nameOf(transfer.to)}`} size={560} onClose={onClose}>
      <form
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready || receive.isPending) return;
          const lines = rows
            .filter((row) => Number(row.came) + Number(row.lost) > 0)
            .map((row) => ({
              sku: row.sku,
              quantity: Number(row.came),
              ...(Number(row.lost) > 0 ? { lost: Number(row.lost), reason: reason.trim() } : {}),
            }));
          receive.mutate({ params: { id: transfer.id }, body: { lines } });
        }}
      >
        <p className={form.hint}>{transfers.receiveHelp}</p>
        <ul className={classes.lines} aria-label={transfers.lines}>
          {rows.map((row, index) => (
            <li key={row.sku} className={classes.line}>
              <span className={classes.lineName}>
                {row.name}
                <span className={classes.lineMeta}>
                  <span className="mono">{row.sku}</span>
                </span>
              </span>
              <span className={classes.fields}>
                <NumberInput
                  label={transfers.came}
                  aria-label={`${transfers.came} ${row.sku}`}
                  className={classes.quantity}
                  value={row.came}
                  onChange={(value) =>
                    set(row.sku, row.inTransit, { came: typeof value === 'number' ? value : '' })
                  }
                  error={row.stays < 0 ? transfers.tooManyCame : undefined}
                  {...field}
                  {...(index === 0 ? { 'data-autofocus': true } : {})}
                />
                <NumberInput
                  label={transfers.lost}
                  aria-label={`${transfers.lost} ${row.sku}`}
                  className={classes.quantity}
                  value={row.lost}
                  onChange={(value) =>
                    set(row.sku, row.inTransit, { lost: typeof value === 'number' ? value : '' })
                  }
                  {...field}
                />
              </span>
              {row.stays > 0 && <span className={classes.stays}>{transfers.stays(row.stays)}</span>}
            </li>
          ))}
        </ul>
        {lost > 0 && (
          <TextInput
            label={transfers.reason}
            placeholder={transfers.reasonExample}
            value={reason}
            maxLength={200}
            required
            withAsterisk={false}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        )}
        <SubmitRow onCancel={onClose} error={receive.error} loading={receive.isPending} disabled={!ready}>
          {transfers.receiveSubmit(came)}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
