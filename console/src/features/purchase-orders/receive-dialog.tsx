/** Goods have come: what is open is filled in, and a thumb corrects the rest. */
import { ActionIcon, Button, NumberInput, TextInput } from '@mantine/core';
import { IconMinus, IconPlus } from '@tabler/icons-react';
import type { PurchaseOrder, PurchaseOrderLine } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import dialog from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { numberIn, type TypedNumber } from '../../components/typed-number.ts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useShopCurrency } from '../settings/use-shop.ts';
import classes from './purchase-orders.module.css';

const MOST = 1_000_000;

type Came = Readonly<Record<string, number | ''>>;

export function ReceiveDialog({ order, onClose }: { order: PurchaseOrder; onClose: () => void }) {
  const { purchaseOrders, purchasing } = useText();
  const shopCurrency = useShopCurrency();
  const [came, setCame] = useState<Came>(() => allOpen(order));
  const [note, setNote] = useState('');
  const [rate, setRate] = useState<TypedNumber>(order.exchangeRate ?? '');
  const exchangeRate = numberIn(rate);
  const asksRate = order.currency !== shopCurrency && order.receipts.length === 0;
  const lines = order.lines.flatMap(({ variantId }) => {
    const quantity = came[variantId] || 0;
    return quantity > 0 ? [{ variantId, quantity }] : [];
  });
  const pieces = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const isOver = order.lines.some(({ variantId, open }) => (came[variantId] || 0) > open);
  const receive = useCall('receivePurchaseOrder', ({ number }) => {
    onClose();
    toast(purchaseOrders.receivedDone(purchasing.pieces(pieces), number));
  });
  const ready = pieces > 0 && (!asksRate || exchangeRate !== null);
  return (
    <Dialog title={purchaseOrders.receiveTitle(order.number)} onClose={onClose} size={560}>
      <form
        className={dialog.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready || receive.isPending) return;
          const said = note.trim();
          receive.mutate({
            params: { id: order.id },
            body: {
              lines,
              // The person sees by how much, beside the line.
              ...(isOver ? { allowOver: true } : {}),
              ...(asksRate && exchangeRate !== null ? { exchangeRate } : {}),
              ...(said ? { note: said } : {}),
            },
          });
        }}
      >
        <div className={classes.receiveHead}>
          <p>{purchaseOrders.receiveHelp}</p>
          <Button variant="default" onClick={() => setCame(allOpen(order))}>
            {purchaseOrders.everything}
          </Button>
          <Button variant="default" onClick={() => setCame({})}>
            {purchaseOrders.nothing}
          </Button>
        </div>
        <ul className={classes.receiveLines}>
          {order.lines.map((line) => (
            <ReceiveLine
              key={line.variantId}
              line={line}
              came={came[line.variantId] ?? 0}
              onChange={(quantity) => setCame({ ...came, [line.variantId]: quantity })}
            />
          ))}
        </ul>
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
        <TextInput
          label={purchaseOrders.note}
          placeholder={purchaseOrders.noteExample}
          value={note}
          maxLength={500}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <SubmitRow onCancel={onClose} error={receive.error} loading={receive.isPending} disabled={!ready}>
          {purchaseOrders.receiveSubmit(purchasing.pieces(pieces))}
        </SubmitRow>
      </form>
    </Dialog>
  );
}

function allOpen(order: PurchaseOrder): Came {
  return Object.fromEntries(order.lines.map(({ variantId, open }) => [variantId, open]));
}

interface LineProps {
  line: PurchaseOrderLine;
  came: number | '';
  onChange: (quantity: number | '') => void;
}

function ReceiveLine({ line, came, onChange }: LineProps) {
  const { purchaseOrders } = useText();
  const formats = useFormats();
  const over = (came || 0) - line.open;
  const step = (by: number) => onChange(Math.min(MOST, Math.max(0, (came || 0) + by)));
  return (
    <li className={classes.line}>
      <span className={classes.lineName}>
        <span>{line.name}</span>
        <span className="mono dim">{line.sku}</span>
        <span className="dim num">{purchaseOrders.stillOpen(formats.number(line.open))}</span>
      </span>
      <span className={classes.counter}>
        <ActionIcon variant="default" aria-label={purchaseOrders.fewer(line.sku)} onClick={() => step(-1)}>
          <IconMinus size={16} aria-hidden />
        </ActionIcon>
        <NumberInput
          aria-label={`${purchaseOrders.quantity} ${line.sku}`}
          inputMode="numeric"
          value={came}
          onChange={(value) => onChange(typeof value === 'number' ? value : '')}
          onFocus={(event) => event.currentTarget.select()}
          min={0}
          max={MOST}
          allowDecimal={false}
          allowNegative={false}
          hideControls
        />
        <ActionIcon variant="default" aria-label={purchaseOrders.oneMore(line.sku)} onClick={() => step(1)}>
          <IconPlus size={16} aria-hidden />
        </ActionIcon>
      </span>
      {over > 0 && <span className={classes.over}>{purchaseOrders.over(over)}</span>}
    </li>
  );
}
