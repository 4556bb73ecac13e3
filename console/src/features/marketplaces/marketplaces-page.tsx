import { Button } from '@mantine/core';
import { IconBuildingStore, IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, Outlet, useParams } from '@tanstack/react-router';
import type { MarketplaceAccount } from '@tradepost/contracts';
import { useState } from 'react';
import { list } from '../../api/queries.ts';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Figure, When } from '../../components/figures.tsx';
import { ListDetail } from '../../components/list-detail.tsx';
import { Page } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { AccountHealth } from '../../components/status-badge.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import { ConnectDialog } from './connect-dialog.tsx';

export const Route = createLazyRoute('/frame/marketplaces')({ component: MarketplacesPage });

function MarketplacesPage() {
  const { marketplaces } = useText();
  const { accountId } = useParams({ strict: false });
  const mayWrite = useCan('marketplaces.write');
  const [connecting, setConnecting] = useState(false);
  const columns = useAccountColumns();
  const accounts = useInfiniteQuery(list('listMarketplaceAccounts', { query: {} }));
  const connect = mayWrite && (
    <Button leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setConnecting(true)}>
      {marketplaces.connect}
    </Button>
  );
  return (
    <ListDetail
      list={
        <Page title={marketplaces.title} body="fill" actions={connect}>
          <DataTable
            label={marketplaces.title}
            name="accounts"
            rows={accounts.data?.pages.flatMap((page) => page.items)}
            columns={columns}
            rowId={(account) => account.id}
            rowLink={(account, children) => (
              <Link to="/marketplaces/$accountId" params={{ accountId: account.id }} {...rowLinkProps}>
                {children}
              </Link>
            )}
            selectedId={accountId}
            {...pagingOf(accounts)}
            empty={
              <EmptyState
                icon={<IconBuildingStore size={28} stroke={1.5} aria-hidden />}
                title={marketplaces.empty.title}
                help={marketplaces.empty.help}
                action={connect}
              />
            }
          />
          {connecting && <ConnectDialog onClose={() => setConnecting(false)} />}
        </Page>
      }
      detail={accountId ? <Outlet /> : null}
    />
  );
}

function useAccountColumns(): readonly Column<MarketplaceAccount>[] {
  const { marketplaces, time } = useText();
  return [
    {
      key: 'account',
      header: marketplaces.account,
      width: 'minmax(120px, 1.4fr)',
      cell: (account) => account.name,
      card: 'title',
    },
    {
      key: 'platform',
      header: marketplaces.platform,
      width: 'minmax(110px, 1fr)',
      cell: (account) => marketplaces.platforms[account.platform],
      from: 620,
      card: 'hidden',
    },
    {
      key: 'health',
      header: marketplaces.health,
      width: 'minmax(100px, 130px)',
      cell: (account) => <AccountHealth health={account.health} />,
      card: 'aside',
    },
    {
      key: 'why',
      header: marketplaces.lastRun,
      width: 'minmax(140px, 2fr)',
      cell: (account) =>
        account.health === 'failing' && account.lastRun?.error ? (
          <span title={account.lastRun.error.message}>{account.lastRun.error.message}</span>
        ) : (
          account.lastRun && (
            <span className="dim">
              {marketplaces.kinds[account.lastRun.kind]} · <When at={account.lastRun.startedAt} />
            </span>
          )
        ),
      from: 760,
      card: 'line',
    },
    {
      key: 'success',
      header: marketplaces.lastSuccess,
      width: '110px',
      align: 'right',
      cell: (account) => <When at={account.lastSuccessAt} missing={time.never} />,
      from: 520,
      card: 'hidden',
    },
    {
      key: 'orders',
      header: marketplaces.orders,
      width: '72px',
      align: 'right',
      cell: (account) => <Figure value={account.orders} />,
      card: 'note',
    },
  ];
}
