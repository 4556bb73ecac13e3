/** What can be done with the checked products: each says how many, and can be taken back. */
import { Button, Menu } from '@mantine/core';
import type { BulkAction, BulkChange, Product } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import { toast } from '../../components/toast.ts';
import { offerUndo, toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { productStatuses } from '../../words.ts';
import { BulkBrandDialog, BulkCategoryDialog } from './bulk-dialogs.tsx';
import { BulkPriceDialog } from './bulk-price-dialog.tsx';

/** As many as the server changes at once. */
const MOST = 500;

interface Props {
  chosen: readonly Product[];
  /** The list's own filter: everything that matches can be changed, not only what is loaded. */
  filter: BulkChange['filter'] & object;
  /** All loaded rows are checked, and there are more. */
  more: boolean;
  onDone: () => void;
}

export function BulkActions({ chosen, filter, more, onDone }: Props) {
  const { products, categories } = useText();
  const { bulk } = products;
  const [asking, setAsking] = useState<'category' | 'brand' | 'price' | null>(null);
  const [everything, setEverything] = useState(false);
  const whole = everything && more;
  const count = whole ? products.allMatching : products.chosen(chosen.length);

  const undo = useCall('undoProductChange', ({ skipped }) => {
    toast(skipped > 0 ? bulk.undoPart(products.chosen(skipped)) : bulk.undone);
  });
  const change = useCall('changeProducts', (answer, { body }) => {
    setAsking(null);
    onDone();
    if (!('undoId' in answer)) {
      toast(bulk.asTask);
      return;
    }
    const { type } = body.action;
    const said = products.chosen(answer.changed);
    const words =
      type === 'delete'
        ? bulk.deletedDone(said)
        : type === 'restore'
          ? bulk.restoredDone(said)
          : bulk.done(said);
    const { undoId } = answer;
    if (undoId === null) toast(words);
    else offerUndo(words, () => undo.mutateAsync({ params: { id: undoId } }));
  });
  const run = (action: BulkAction) => {
    const { search, category, brand, status, minPriceMinor, maxPriceMinor, inStock, deleted } = filter;
    const narrowed = { search, category, brand, status, minPriceMinor, maxPriceMinor, inStock, deleted };
    change.mutate(
      {
        body: whole ? { filter: narrowed, action } : { ids: chosen.map(({ id }) => id), action },
      },
      // A dialog shows its own failure.
      asking === null ? { onError: toastError } : {},
    );
  };
  const dialog = {
    count,
    busy: change.isPending,
    error: change.error,
    onClose: () => {
      change.reset();
      setAsking(null);
    },
    onApply: run,
  };

  if (!whole && chosen.length > MOST) return <span>{bulk.atMost}</span>;
  return (
    <>
      {more && (
        <Button variant="subtle" aria-pressed={whole} onClick={() => setEverything(!everything)}>
          {whole ? products.chosen(chosen.length) : products.chooseAllMatching}
        </Button>
      )}
      {filter.deleted === 'true' ? (
        <Button variant="default" loading={change.isPending} onClick={() => run({ type: 'restore' })}>
          {products.restore}
        </Button>
      ) : (
        <>
          <Menu position="top">
            <Menu.Target>
              <Button variant="default">{products.status}</Button>
            </Menu.Target>
            <Menu.Dropdown>
              {productStatuses.map((status) => (
                <Menu.Item key={status} onClick={() => run({ type: 'set_status', status })}>
                  {bulk.willStatus(count, products.statuses[status])}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          <Button variant="default" onClick={() => setAsking('category')}>
            {products.category}
          </Button>
          <Button variant="default" onClick={() => setAsking('brand')}>
            {products.brand}
          </Button>
          <Button variant="default" onClick={() => setAsking('price')}>
            {products.price}
          </Button>
          <Button
            variant="default"
            color="red"
            loading={change.isPending}
            onClick={() => run({ type: 'delete' })}
          >
            {categories.delete}
          </Button>
        </>
      )}
      {asking === 'category' && <BulkCategoryDialog {...dialog} />}
      {asking === 'brand' && <BulkBrandDialog {...dialog} />}
      {asking === 'price' && <BulkPriceDialog {...dialog} chosen={chosen} />}
    </>
  );
}
