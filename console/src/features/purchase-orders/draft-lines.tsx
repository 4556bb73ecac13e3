/** The lines of a draft, written in place. They are saved together: an order is all of its lines or none. */
import { ActionIcon, Button, NumberInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { PurchaseOrder } from '@tradepost/contracts';
import { decimalsOf, toMajor, toMinor } from '@tradepost/contracts/money';
import { useEffect, useState } from 'react';
import { query, useCall } from '../../api/queries.ts';
import { ErrorNote } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { numberIn, type TypedNumber } from '../../components/typed-number.ts';
import { toastError } from '../../components/undo.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { type FoundVariant, VariantSearch } from '../products/variant-search.tsx';
import classes from './purchase-orders.module.css';

interface DraftLine {
  variantId: string;
  sku: string;
  name: string;
  quantity: number | '';
  /** Of one piece, in major units, as typed. */
  cost: TypedNumber;
  /** Drafted for a reason that the plan of the item tells. */
  planned: boolean;
}

const MOST = 1_000_000;

function draftOf(order: PurchaseOrder): DraftLine[] {
  return order.lines.map(({ variantId, sku, name, quantity, unitCostMinor, explanation }) => ({
    variantId,
    sku,
    name,
    quantity,
    cost: toMajor(unitCostMinor, order.currency),
    planned: explanation !== null,
  }));
}

interface Props {
  order: PurchaseOrder;
  /** Told whether there is anything to save: an order is not sent before. */
  onUnsaved: (unsaved: boolean) => void;
}

export function DraftLines({ order, onUnsaved }: Props) {
  const { purchaseOrders } = useText();
  const formats = useFormats();
  const { currency } = order;
  // null: as saved, and following what others save meanwhile.
  const [draft, setDraft] = useState<DraftLine[] | null>(null);
  const lines = draft ?? draftOf(order);
  const unsaved = draft !== null;
  useEffect(() => onUnsaved(unsaved), [unsaved, onUnsaved]);
  const save = useCall('updatePurchaseOrder', () => {
    setDraft(null);
    toast(purchaseOrders.saved);
  });
  const add = useAddLine(order, (line) =>
    setDraft((before) => [
      ...(before ?? draftOf(order)).filter(({ variantId }) => variantId !== line.variantId),
      line,
    ]),
  );
  const change = (variantId: string, part: Partial<DraftLine>) =>
    setDraft(lines.map((line) => (line.variantId === variantId ? { ...line, ...part } : line)));
  const total = lines.reduce((sum, line) => sum + totalOf(line, currency), 0);
  const fault = faultIn(lines);
  const faultWords =
    fault &&
    (numberIn(fault.cost) === null
      ? purchaseOrders.costMissing(fault.sku)
      : purchaseOrders.quantityMissing(fault.sku));
  return (
    <>
      <div className={classes.lines}>
        {lines.length === 0 && <p className={classes.none}>{purchaseOrders.noLines}</p>}
        {lines.map((line) => (
          <DraftLineRow
            key={line.variantId}
            line={line}
            currency={currency}
            onChange={(part) => change(line.variantId, part)}
            onRemove={() => setDraft(lines.filter(({ variantId }) => variantId !== line.variantId))}
          />
        ))}
        {lines.length > 0 && (
          <p className={classes.totals}>
            <span>{purchaseOrders.total}</span>
            <span>{formats.money(total, currency)}</span>
          </p>
        )}
      </div>
      <div className={classes.below}>
        {unsaved && (
          <div className={classes.saveBar} role="status">
            <span>{faultWords ?? purchaseOrders.unsaved}</span>
            <Button variant="default" onClick={() => setDraft(null)}>
              {purchaseOrders.discard}
            </Button>
            <Button
              loading={save.isPending}
              disabled={fault !== undefined}
              onClick={() =>
                save.mutate({
                  params: { id: order.id },
                  body: {
                    version: order.version,
                    lines: lines.map(({ variantId, quantity, cost }) => ({
                      variantId,
                      quantity: quantity || 0,
                      unitCostMinor: toMinor(numberIn(cost) ?? 0, currency),
                    })),
                  },
                })
              }
            >
              {purchaseOrders.save}
            </Button>
          </div>
        )}
        <ErrorNote error={save.error} />
        <VariantSearch
          label={purchaseOrders.addItem}
          without={new Set(lines.map(({ variantId }) => variantId))}
          onPick={(variant) => void add(variant).catch(toastError)}
        />
      </div>
    </>
  );
}

function totalOf({ quantity, cost }: DraftLine, currency: string): number {
  return (quantity || 0) * toMinor(numberIn(cost) ?? 0, currency);
}

function faultIn(lines: readonly DraftLine[]): DraftLine | undefined {
  return lines.find(({ quantity, cost }) => quantity === '' || quantity < 1 || numberIn(cost) === null);
}

/** A new line has the supplier's price and the fewest pieces it sells; without a price both are to be typed. */
function useAddLine(order: PurchaseOrder, onAdd: (line: DraftLine) => void) {
  const client = useQueryClient();
  return async ({ id, sku, name }: FoundVariant): Promise<void> => {
    const { items } = await client.fetchQuery(
      query('listSupplierPrices', { query: { supplierId: order.supplierId, variantId: id } }),
    );
    const price = items[0];
    const packs = price && Math.ceil(price.minimumOrderQuantity / price.packSize);
    onAdd({
      variantId: id,
      sku,
      name,
      quantity: price && packs ? packs * price.packSize : 1,
      cost: price ? toMajor(price.priceMinor, order.currency) : '',
      planned: false,
    });
  };
}

interface RowProps {
  line: DraftLine;
  currency: string;
  onChange: (part: Partial<DraftLine>) => void;
  onRemove: () => void;
}

function DraftLineRow({ line, currency, onChange, onRemove }: RowProps) {
  const { purchaseOrders, purchasing } = useText();
  const formats = useFormats();
  return (
    <div className={classes.line}>
      <span className={classes.lineName}>
        <span>{line.name}</span>
        <span className="mono">{line.sku}</span>
        {line.planned && (
          <Link to="/purchasing/$variantId" params={{ variantId: line.variantId }} className="link">
            {purchaseOrders.why}
          </Link>
        )}
      </span>
      <div className={classes.fields}>
        <NumberInput
          label={purchaseOrders.quantity}
          value={line.quantity}
          onChange={(value) => onChange({ quantity: typeof value === 'number' ? value : '' })}
          min={1}
          max={MOST}
          allowDecimal={false}
          allowNegative={false}
          hideControls
          size="xs"
        />
        <NumberInput
          label={purchaseOrders.unitCost}
          suffix={` ${currency}`}
          value={line.cost}
          onChange={(cost) => onChange({ cost })}
          min={0}
          decimalScale={decimalsOf(currency)}
          decimalSeparator={formats.decimalSign}
          allowedDecimalSeparators={['.', ',']}
          allowNegative={false}
          hideControls
          size="xs"
        />
        <span className={classes.lineTotal}>{formats.money(totalOf(line, currency), currency)}</span>
        <ActionIcon aria-label={purchasing.remove(line.sku)} onClick={onRemove}>
          <IconX size={16} aria-hidden />
        </ActionIcon>
      </div>
    </div>
  );
}
