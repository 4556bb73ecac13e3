/** What a supplier asks for what. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots, IconPlus, IconStar } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Supplier, SupplierPrice } from '@tradepost/contracts';
import { useMemo, useState } from 'react';
import { list, useCall } from '../../api/queries.ts';
import type { Column } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Money } from '../../components/figures.tsx';
import { SearchField } from '../../components/filters.tsx';
import { Section } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { toast } from '../../components/toast.ts';
import { offerUndo, toastError } from '../../components/undo.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import { PriceDialog } from './price-dialog.tsx';
import classes from './suppliers.module.css';

/** So many prices need a search. */
const MANY = 10;

export function Prices({ supplier }: { supplier: Supplier }) {
  const { suppliers } = useText();
  const mayWrite = useCan('purchasing.write') && supplier.archivedAt === null;
  const [search, setSearch] = useState('');
  const [asking, setAsking] = useState<SupplierPrice | 'new' | null>(null);
  const prices = useInfiniteQuery(
    list('listSupplierPrices', { query: { supplierId: supplier.id, search: search || undefined } }),
  );
  const remove = useRemovePrice();
  const columns = usePriceColumns(mayWrite ? { onEdit: setAsking, onRemove: remove } : null);
  const add = mayWrite && (
    <Button
      variant="default"
      size="compact-xs"
      leftSection={<IconPlus size={14} aria-hidden />}
      onClick={() => setAsking('new')}
    >
      {suppliers.addPrice}
    </Button>
  );
  return (
    <Section title={suppliers.prices} aside={add}>
      {supplier.priceCount >= MANY && (
        <div className={classes.search}>
          <SearchField label={suppliers.searchPrices} value={search} onChange={setSearch} />
        </div>
      )}
      <DataTable
        mode="card"
        label={suppliers.prices}
        rows={prices.data?.pages.flatMap((page) => page.items)}
        columns={columns}
        rowId={(price) => price.variantId}
        {...pagingOf(prices)}
        empty={<p className={classes.none}>{search ? suppliers.noPriceMatch : suppliers.noPrices}</p>}
      />
      {asking !== null && (
        <PriceDialog
          supplier={supplier}
          price={asking === 'new' ? null : asking}
          onClose={() => setAsking(null)}
        />
      )}
    </Section>
  );
}

function useRemovePrice(): (price: SupplierPrice) => void {
  const { suppliers } = useText();
  const putBack = useCall('putSupplierPrice', ({ sku }) => toast(suppliers.priceBack(sku)));
  const remove = useCall('deleteSupplierPrice');
  return (price) => {
    const { supplierId, variantId, sku } = price;
    const { priceMinor, minimumOrderQuantity, packSize, leadTimeDays, supplierSku, preferred } = price;
    const params = { id: supplierId, variantId };
    remove.mutate(
      { params },
      {
        onSuccess: () =>
          offerUndo(suppliers.priceRemoved(sku), () =>
            putBack.mutateAsync({
              params,
              body: { priceMinor, minimumOrderQuantity, packSize, leadTimeDays, supplierSku, preferred },
            }),
          ),
        onError: toastError,
      },
    );
  };
}

interface PriceActions {
  onEdit: (price: SupplierPrice) => void;
  onRemove: (price: SupplierPrice) => void;
}

function usePriceColumns(actions: PriceActions | null): readonly Column<SupplierPrice>[] {
  const { suppliers } = useText();
  const termsOf = useTerms();
  return useMemo(
    () => [
      {
        key: 'name',
        header: suppliers.item,
        width: 'minmax(110px, 2fr)',
        cell: (price) => (
          <>
            <Link to="/stock/$sku" params={{ sku: price.sku }} className="link">
              {price.name}
            </Link>
            {price.preferred && (
              <span role="img" aria-label={suppliers.isPreferred} title={suppliers.isPreferred}>
                <IconStar size={12} className={classes.preferred} aria-hidden />
              </span>
            )}
          </>
        ),
        card: 'title',
      },
      {
        key: 'terms',
        header: suppliers.terms,
        width: 'minmax(120px, 1.4fr)',
        cell: (price) => (
          <span title={termsOf(price)}>
            <span className="mono">{price.sku}</span> <span className="dim">{termsOf(price)}</span>
          </span>
        ),
        card: 'line',
      },
      {
        key: 'price',
        header: suppliers.price,
        width: 'minmax(80px, 104px)',
        align: 'right',
        cell: (price) => <Money minor={price.priceMinor} currency={price.currency} />,
        card: 'aside',
      },
      ...(actions
        ? [
            {
              key: 'actions',
              header: suppliers.more,
              headerHidden: true,
              width: '28px',
              align: 'right' as const,
              cell: (price: SupplierPrice) => (
                <Menu position="bottom-end">
                  <Menu.Target>
                    <ActionIcon aria-label={suppliers.priceActions(price.sku)}>
                      <IconDots size={16} aria-hidden />
                    </ActionIcon>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item onClick={() => actions.onEdit(price)}>{suppliers.edit}</Menu.Item>
                    <Menu.Item onClick={() => actions.onRemove(price)}>{suppliers.removePrice}</Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              ),
              card: 'note' as const,
            },
          ]
        : []),
    ],
    [suppliers, termsOf, actions],
  );
}

/** "from 48, packs of 24, 5 days": what differs from one piece at a time, as the supplier delivers. */
function useTerms(): (price: SupplierPrice) => string {
  const { suppliers, purchasing } = useText();
  const formats = useFormats();
  return ({ minimumOrderQuantity, packSize, leadTimeDays, supplierSku }) =>
    [
      ...(minimumOrderQuantity > 1 ? [suppliers.fromMinimum(formats.number(minimumOrderQuantity))] : []),
      ...(packSize > 1 ? [suppliers.inPacks(formats.number(packSize))] : []),
      ...(leadTimeDays === null ? [] : [purchasing.days(leadTimeDays)]),
      ...(supplierSku === null ? [] : [supplierSku]),
    ].join(', ');
}
