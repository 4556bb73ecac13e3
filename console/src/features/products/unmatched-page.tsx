import { Button, Group } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import type { MarketplaceProduct } from '@tradepost/contracts';
import { useMemo, useState } from 'react';
import { list, useCall } from '../../api/queries.ts';
import type { Column } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Money } from '../../components/figures.tsx';
import { Page } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import { CatalogueTabs } from './catalogue-tabs.tsx';
import { LinkDialog } from './link-dialog.tsx';
import classes from './products.module.css';

export const Route = createLazyRoute('/frame/products/unmatched')({ component: UnmatchedPage });

function UnmatchedPage() {
  const { unmatched, nav } = useText();
  const mayLink = useCan('marketplaces.write');
  const [linking, setLinking] = useState<MarketplaceProduct | null>(null);
  const waiting = useInfiniteQuery(list('listMarketplaceProducts', { query: { state: 'unmatched' } }));
  const create = useCall('linkMarketplaceProduct', ({ name }) => toast(unmatched.createdDone(name)));
  const { mutate } = create;
  const columns = useMemo(
    () => [
      ...listingColumns(unmatched),
      ...(mayLink
        ? [
            {
              key: 'actions',
              header: unmatched.link,
              headerHidden: true,
              width: 'minmax(190px, auto)',
              align: 'right' as const,
              cell: (listing: MarketplaceProduct) => (
                <Group gap={4} wrap="nowrap" justify="flex-end">
                  <Button variant="light" size="compact-xs" onClick={() => setLinking(listing)}>
                    {unmatched.link}
                  </Button>
                  <Button
                    variant="subtle"
                    size="compact-xs"
                    onClick={() =>
                      mutate({ params: { id: listing.id }, body: { create: true } }, { onError: toastError })
                    }
                  >
                    {unmatched.create}
                  </Button>
                </Group>
              ),
              card: 'note' as const,
            },
          ]
        : []),
    ],
    [unmatched, mayLink, mutate],
  );
  return (
    <Page
      title={nav.products}
      body="fill"
      toolbar={
        <>
          <CatalogueTabs />
          <p className={classes.none}>{unmatched.lead}</p>
        </>
      }
    >
      <DataTable
        label={unmatched.title}
        rows={waiting.data?.pages.flatMap((page) => page.items)}
        columns={columns}
        rowId={(listing) => listing.id}
        {...pagingOf(waiting)}
        empty={
          <EmptyState
            icon={<IconCircleCheck size={28} stroke={1.5} aria-hidden />}
            title={unmatched.empty.title}
            help={unmatched.empty.help}
          />
        }
      />
      {linking && <LinkDialog listing={linking} onClose={() => setLinking(null)} />}
    </Page>
  );
}

function listingColumns(
  unmatched: ReturnType<typeof useText>['unmatched'],
): readonly Column<MarketplaceProduct>[] {
  return [
    {
      key: 'name',
      header: unmatched.name,
      width: 'minmax(140px, 3fr)',
      cell: (listing) => <span title={listing.reason ?? undefined}>{listing.name}</span>,
      card: 'title',
    },
    {
      key: 'partNumber',
      header: unmatched.partNumber,
      width: 'minmax(90px, 130px)',
      cell: (listing) => <span className="mono">{listing.partNumber}</span>,
      copy: (listing) => listing.partNumber,
      card: 'line',
    },
    {
      key: 'barcode',
      header: unmatched.barcode,
      width: 'minmax(110px, 140px)',
      cell: (listing) => <span className="mono">{listing.barcodes.join(', ')}</span>,
      copy: (listing) => listing.barcodes[0] ?? null,
      from: 820,
      card: 'hidden',
    },
    {
      key: 'account',
      header: unmatched.account,
      width: 'minmax(80px, 1fr)',
      cell: (listing) => listing.accountName,
      from: 640,
      card: 'hidden',
    },
    {
      key: 'price',
      header: unmatched.price,
      width: 'minmax(100px, 120px)',
      align: 'right',
      cell: (listing) =>
        listing.priceMinor !== null && listing.currency !== null ? (
          <Money minor={listing.priceMinor} currency={listing.currency} />
        ) : null,
      card: 'aside',
    },
  ];
}
