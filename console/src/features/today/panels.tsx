/** How it goes: accounts, what runs now, what runs low. Each a list of links. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { list, query } from '../../api/queries.ts';
import { Figure, When } from '../../components/figures.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { AccountHealth } from '../../components/status-badge.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';
import { TaskProgress, useTaskName } from '../tasks/task-words.tsx';
import classes from './today.module.css';

/** Rows of each panel; the rest is one click away. */
const SHOWN = 6;

export function Accounts() {
  const { today, marketplaces } = useText();
  const accounts = useQuery(query('listMarketplaceAccounts', { query: { limit: 200 } }));
  return (
    <Panel title={today.accounts} state={accounts} empty={marketplaces.empty.title}>
      {accounts.data?.items.map((account) => (
        <Link
          key={account.id}
          to="/marketplaces/$accountId"
          params={{ accountId: account.id }}
          className={classes.item}
        >
          <span className={classes.itemName}>{account.name}</span>
          <AccountHealth health={account.health} />
          <span className={classes.itemMeta}>
            {account.health === 'failing' && account.lastRun?.error ? (
              account.lastRun.error.message
            ) : (
              <>
                {account.lastSuccessAt && marketplaces.lastSuccess}{' '}
                <When at={account.lastSuccessAt} missing={marketplaces.noSuccess} />
              </>
            )}
          </span>
        </Link>
      ))}
    </Panel>
  );
}

export function RunningTasks() {
  const { today } = useText();
  const nameOf = useTaskName();
  const tasks = useInfiniteQuery(list('listTasks', { query: { status: 'running' } }));
  const running = tasks.data?.pages.flatMap((page) => page.items).filter((task) => task.status === 'running');
  return (
    <Panel title={today.running} state={{ ...tasks, data: running }} empty={today.idle}>
      {running?.slice(0, SHOWN).map((task) => (
        <Link key={task.id} to="/tasks/$taskId" params={{ taskId: task.id }} className={classes.item}>
          <span className={classes.itemName}>{nameOf(task.type)}</span>
          <span className="dim">{task.subject}</span>
          <span className={classes.itemMeta}>
            <TaskProgress task={task} />
          </span>
        </Link>
      ))}
    </Panel>
  );
}

export function LowStock() {
  const { today } = useText();
  const { several, nameOf } = useLocations();
  const levels = useInfiniteQuery(list('listStockLevels', { query: { low: 'true' } }));
  const low = levels.data?.pages.flatMap((page) => page.items);
  return (
    <Panel title={today.lowStock} state={{ ...levels, data: low }} empty={today.lowNone}>
      {low?.slice(0, SHOWN).map((level) => (
        <Link
          key={`${level.variantId} ${level.location}`}
          to="/stock/$sku"
          params={{ sku: level.sku }}
          search={several ? { level: level.location } : {}}
          className={classes.item}
        >
          <span className={classes.itemName}>{level.name}</span>
          <Figure value={level.available} />
          <span className={classes.itemMeta}>
            <span className="mono">{level.sku}</span>
            {several && ` · ${nameOf(level.location)}`}
          </span>
        </Link>
      ))}
    </Panel>
  );
}

interface PanelState {
  data: readonly unknown[] | { items: readonly unknown[] } | undefined;
  error: Error | null;
  refetch: () => unknown;
}

function Panel(props: { title: string; state: PanelState; empty: string; children: ReactNode }) {
  const { data, error, refetch } = props.state;
  const count = data === undefined ? 0 : 'items' in data ? data.items.length : data.length;
  return (
    <section className={classes.panel}>
      <header className={classes.panelHeader}>
        <h2 className={classes.panelTitle}>{props.title}</h2>
      </header>
      {data === undefined ? (
        error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <Lines count={3} height={48} />
        )
      ) : count === 0 ? (
        <p className={classes.none}>{props.empty}</p>
      ) : (
        <div>{props.children}</div>
      )}
    </section>
  );
}
