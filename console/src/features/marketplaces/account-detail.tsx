import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { MarketplaceAccount } from '@tradepost/contracts';
import { type ReactNode, useState } from 'react';
import { query, useCall } from '../../api/queries.ts';
import { Copyable, Figure, When } from '../../components/figures.tsx';
import { BackMark, Detail, Facts, Section } from '../../components/page.tsx';
import { ErrorNote, ErrorState, Lines } from '../../components/states.tsx';
import { AccountHealth } from '../../components/status-badge.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import { useRemember } from '../palette/recent.ts';
import { useCan } from '../session/session.ts';
import classes from './account.module.css';
import { LoginDialog } from './login-dialog.tsx';
import { Runs } from './runs.tsx';

export const Route = createLazyRoute('/frame/marketplaces/$accountId')({ component: AccountDetail });

function AccountDetail() {
  const { marketplaces } = useText();
  const { accountId } = Route.useParams();
  const { data, error, refetch } = useQuery(query('getMarketplaceAccount', { params: { id: accountId } }));
  useRemember('account', accountId, data?.name);
  const close = (
    <Link to="/marketplaces" data-close-detail>
      <BackMark />
    </Link>
  );
  if (data === undefined) {
    return (
      <Detail tabTitle={marketplaces.account} close={close}>
        {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Lines count={8} />}
      </Detail>
    );
  }
  return <Loaded account={data} close={close} />;
}

function Loaded({ account, close }: { account: MarketplaceAccount; close: ReactNode }) {
  const { marketplaces, time } = useText();
  const mayWrite = useCan('marketplaces.write');
  const [changingLogin, setChangingLogin] = useState(false);
  const sync = useCall('syncMarketplaceAccount', () => toast(marketplaces.syncing));
  const update = useCall('updateMarketplaceAccount', (after) =>
    toast(after.enabled ? marketplaces.resumed(after.name) : marketplaces.paused(after.name)),
  );
  const params = { id: account.id };
  const setEnabled = (enabled: boolean) => update.mutate({ params, body: { enabled } });
  return (
    <Detail
      tabTitle={account.name}
      state={<AccountHealth health={account.health} />}
      actions={
        mayWrite &&
        (account.enabled ? (
          <>
            <Button variant="default" loading={update.isPending} onClick={() => setEnabled(false)}>
              {marketplaces.pause}
            </Button>
            <Button loading={sync.isPending} onClick={() => sync.mutate({ params })}>
              {marketplaces.sync}
            </Button>
          </>
        ) : (
          <Button loading={update.isPending} onClick={() => setEnabled(true)}>
            {marketplaces.resume}
          </Button>
        ))
      }
      close={close}
    >
      <ErrorNote error={sync.error ?? update.error} />
      {account.health === 'failing' && (
        <div className={classes.failing}>
          {account.lastRun?.error && <p className={classes.failingWhy}>{account.lastRun.error.message}</p>}
          <p>{marketplaces.failingHelp}</p>
        </div>
      )}
      <Section
        title={marketplaces.account}
        aside={
          mayWrite && (
            <button type="button" className={classes.login} onClick={() => setChangingLogin(true)}>
              {marketplaces.changeLogin}
            </button>
          )
        }
      >
        <Facts
          items={[
            [marketplaces.platform, marketplaces.platforms[account.platform]],
            [marketplaces.orders, <Figure key="orders" value={account.orders} />],
            [
              marketplaces.lastSuccess,
              <When key="success" at={account.lastSuccessAt} missing={time.never} />,
            ],
            ...(account.failingSince
              ? [[marketplaces.failingSince, <When key="failing" at={account.failingSince} />] as const]
              : [[marketplaces.created, <When key="created" at={account.createdAt} />] as const]),
            [marketplaces.username, account.username],
            [marketplaces.address, <Copyable key="url" value={account.baseUrl} wrap />],
          ]}
        />
      </Section>
      <Section title={marketplaces.runs}>
        <Runs accountId={account.id} />
      </Section>
      {changingLogin && <LoginDialog account={account} onClose={() => setChangingLogin(false)} />}
    </Detail>
  );
}
