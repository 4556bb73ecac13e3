import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, Outlet, useParams } from '@tanstack/react-router';
import type { TransferSummary } from '@tradepost/contracts';
import { type ReactNode, useState } from 'react';
import { list } from '../../api/queries.ts';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Figure, When } from '../../components/figures.tsx';
import { FilterMenu } from '../../components/filters.tsx';
import { ListDetail } from '../../components/list-detail.tsx';
import { Page } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import type { TransferFilters } from '../../routes/stock.ts';
import { useLocations } from '../locations/use-locations.ts';
import { useCan } from '../session/session.ts';
import { StockTabs } from '../stock/stock-tabs.tsx';
import { SendDialog } from './send-dialog.tsx';
import { TransferStatus } from './transfer-words.tsx';

export const Route = createLazyRoute('/frame/transfers')({ component: TransfersPage });

function TransfersPage() {
  const { transfers } = useText();
  const filters = Route.useSearch();
  const navigate = Route.useNavigate();
  const { transferId } = useParams({ strict: false });
  const mayWrite = useCan('inventory.write');
  const mayManage = useCan('inventory.manage');
  const locations = useLocations();
  const columns = useTransferColumns();
  const [sending, setSending] = useState(false);
  const found = useInfiniteQuery(list('listTransfers', { query: { ...filters } }));
  const set = (change: { [K in keyof TransferFilters]?: TransferFilters[K] | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const filtered = Object.keys(filters).length > 0;
  const canSend = mayWrite && locations.inUse.length > 1;
  return (
    <ListDetail
      list={
        <Page
          title={transfers.title}
          body="fill"
          actions={
            canSend && (
              <Button
                leftSection={<IconPlus size={14} aria-hidden />}
                onClick={() => setSending(true)}
                data-create
              >
                {transfers.create}
              </Button>
            )
          }
          toolbar={
            <>
              <StockTabs />
              <FilterMenu
                label={transfers.status}
                options={(['in_transit', 'received', 'cancelled'] as const).map((value) => ({
                  value,
                  label: transfers.states[value],
                }))}
                value={filters.status}
                onChange={(status) => set({ status })}
              />
              {locations.several && (
                <FilterMenu
                  label={transfers.location}
                  options={locations.all.map(({ code, name }) => ({ value: code, label: name }))}
                  value={filters.location}
                  onChange={(location) => set({ location })}
                />
              )}
            </>
          }
        >
          <DataTable
            key={JSON.stringify(filters)}
            name="transfers"
            label={transfers.title}
            rows={found.data?.pages.flatMap((page) => page.items)}
            columns={columns}
            rowId={(transfer) => transfer.id}
            rowLink={transferRowLink}
            selectedId={transferId}
            {...pagingOf(found)}
            empty={
              filtered ? (
                <EmptyState title={transfers.noMatch.title} help={transfers.noMatch.help} />
              ) : locations.several ? (
                <EmptyState
                  title={transfers.empty.title}
                  help={transfers.empty.help}
                  action={
                    canSend && (
                      <Button variant="default" onClick={() => setSending(true)}>
                        {transfers.create}
                      </Button>
                    )
                  }
                />
              ) : (
                <EmptyState
                  title={transfers.oneLocation.title}
                  help={transfers.oneLocation.help}
                  action={
                    mayManage && (
                      <Link to="/settings/locations" className="link">
                        {transfers.oneLocation.action}
                      </Link>
                    )
                  }
                />
              )
            }
          />
          {sending && <SendDialog follow onClose={() => setSending(false)} />}
        </Page>
      }
      detail={transferId ? <Outlet /> : null}
    />
  );
}

function useTransferColumns(): readonly Column<TransferSummary>[] {
  const { transfers } = useText();
  const { nameOf } = useLocations();
  return [
    {
      key: 'route',
      header: transfers.one,
      width: 'minmax(150px, 2fr)',
      cell: (transfer) => transfers.name(nameOf(transfer.from), nameOf(transfer.to)),
      card: 'title',
    },
    {
      key: 'status',
      header: transfers.status,
      width: 'minmax(110px, 140px)',
      cell: (transfer) => <TransferStatus status={transfer.status} />,
      card: 'line',
    },
    {
      key: 'lines',
      header: transfers.lines,
      width: '64px',
      align: 'right',
      cell: (transfer) => <Figure value={transfer.lineCount} />,
      from: 700,
      card: 'hidden',
    },
    {
      key: 'pieces',
      header: transfers.pieces,
      width: '72px',
      align: 'right',
      cell: (transfer) => <Figure value={transfer.quantity} />,
      card: 'aside',
    },
    {
      key: 'inTransit',
      header: transfers.inTransit,
      width: '84px',
      align: 'right',
      cell: (transfer) => <Figure value={transfer.inTransit} />,
      from: 640,
      card: 'hidden',
    },
    {
      key: 'sent',
      header: transfers.sentAt,
      width: '104px',
      align: 'right',
      cell: (transfer) => <When at={transfer.sentAt} />,
      card: 'note',
    },
  ];
}

function transferRowLink(transfer: TransferSummary, children: ReactNode) {
  return (
    <Link to="/transfers/$transferId" params={{ transferId: transfer.id }} search {...rowLinkProps}>
      {children}
    </Link>
  );
}
