import { ActionIcon, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { StockLevel } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import form from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { offerUndo } from '../../components/undo.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';
import { ItemPicker } from './item-picker.tsx';
import classes from './transfers.module.css';

interface Line {
  level: StockLevel;
  quantity: number | '';
}

interface Props {
  /** Begins with this item, from where it lies. */
  level?: StockLevel;
  /** Goes to the transfer once it is sent. */
  follow?: boolean;
  onClose: () => void;
}

/** Sends goods from one location to another. They are in transit until somebody receives them. */
export function SendDialog({ level, follow = false, onClose }: Props) {
  const { transfers } = useText();
  const formats = useFormats();
  const navigate = useNavigate();
  const { all, inUse, nameOf } = useLocations();
  const [from, setFrom] = useState(level?.location ?? inUse[0]?.code ?? '');
  const [to, setTo] = useState(inUse.find(({ code }) => code !== from)?.code ?? '');
  const [lines, setLines] = useState<readonly Line[]>(level ? [{ level, quantity: '' }] : []);
  const [note, setNote] = useState('');
  const undo = useCall('cancelTransfer', () => toast(transfers.unsent));
  const send = useCall('createTransfer', (transfer) => {
    onClose();
    offerUndo(transfers.sent(nameOf(transfer.to)), () => undo.mutateAsync({ params: { id: transfer.id } }));
    if (follow) void navigate({ to: '/transfers/$transferId', params: { transferId: transfer.id } });
  });
  const ready =
    from !== to &&
    to !== '' &&
    lines.length > 0 &&
    lines.every(
      ({ quantity, level: { available } }) => quantity !== '' && quantity > 0 && quantity <= available,
    );
  const setQuantity = (sku: string, quantity: number | '') =>
    setLines(lines.map((line) => (line.level.sku === sku ? { ...line, quantity } : line)));
  const options = (but: string, places = inUse) =>
    places.filter(({ code }) => code !== but).map(({ code, name }) => ({ value: code, label: name }));
  return (
    <Dialog title={transfers.create} size={560} onClose={onClose}>
      <form
        className={form.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready || send.isPending) return;
          const trimmed = note.trim();
          send.mutate({
            body: {
              from,
              to,
              lines: lines.map((line) => ({ sku: line.level.sku, quantity: Number(line.quantity) })),
              ...(trimmed ? { note: trimmed } : {}),
            },
          });
        }}
      >
        <div className={classes.fromTo}>
          <NativeSelect
            label={transfers.from}
            value={from}
            // What was chosen lies there; from elsewhere it is another choice.
            disabled={lines.length > 0}
            onChange={(event) => {
              const code = event.currentTarget.value;
              setFrom(code);
              if (code === to) setTo(inUse.find((each) => each.code !== code)?.code ?? '');
            }}
            data={options('', all)}
          />
          <NativeSelect
            label={transfers.to}
            value={to}
            onChange={(event) => setTo(event.currentTarget.value)}
            data={options(from)}
          />
        </div>
        {lines.length > 0 && (
          <ul className={classes.lines} aria-label={transfers.lines}>
            {lines.map(({ level: item, quantity }, index) => (
              <li key={item.sku} className={classes.line}>
                <span className={classes.lineName}>
                  {item.name}
                  <span className={classes.lineMeta}>
                    <span className="mono">{item.sku}</span> ·{' '}
                    {transfers.available(formats.number(item.available))}
                  </span>
                </span>
                <NumberInput
                  aria-label={`${transfers.pieces} ${item.sku}`}
                  className={classes.quantity}
                  value={quantity}
                  onChange={(value) => setQuantity(item.sku, typeof value === 'number' ? value : '')}
                  min={1}
                  allowDecimal={false}
                  allowNegative={false}
                  inputMode="numeric"
                  error={
                    quantity !== '' && quantity > item.available
                      ? transfers.tooMany(formats.number(item.available))
                      : undefined
                  }
                  {...(level && index === 0 ? { 'data-autofocus': true } : {})}
                />
                <ActionIcon
                  aria-label={transfers.removeLine(item.sku)}
                  onClick={() => setLines(lines.filter((line) => line.level !== item))}
                >
                  <IconX size={14} aria-hidden />
                </ActionIcon>
              </li>
            ))}
          </ul>
        )}
        <ItemPicker
          location={from}
          chosen={lines.map((line) => line.level.sku)}
          onPick={(picked) => setLines([...lines, { level: picked, quantity: '' }])}
        />
        <TextInput
          label={transfers.note}
          value={note}
          maxLength={500}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <p className={form.hint}>{transfers.sendHelp}</p>
        <SubmitRow onCancel={onClose} error={send.error} loading={send.isPending} disabled={!ready}>
          {transfers.send}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
