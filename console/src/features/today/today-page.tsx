import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { query } from '../../api/queries.ts';
import { DataTable } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState, Lines } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import { orderRowLink, useOrderColumns } from '../orders/order-table.tsx';
import { useCan } from '../session/session.ts';
import { Attention } from './attention.tsx';
import { OrdersPerMinute } from './orders-per-minute.tsx';
import { Accounts, LowStock, RunningTasks } from './panels.tsx';
import classes from './today.module.css';

export const Route = createLazyRoute('/frame/')({ component: TodayPage });

function TodayPage() {
  const { today } = useText();
  const { data, error, refetch } = useQuery(query('getDashboard', {}));
  const orderColumns = useOrderColumns();
  const maySeeAccounts = useCan('marketplaces.read');
  const maySeeTasks = useCan('tasks.read');
  const maySeeStock = useCan('inventory.read');

  return (
    <Page title={today.title}>
      {data === undefined ? (
        error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <Lines count={12} />
        )
      ) : (
        <div className={classes.page}>
          <Attention attention={data.attention} />
          <div className={classes.columns}>
            <div className={classes.moves}>
              <OrdersPerMinute minutes={data.ordersPerMinute} />
              <section className={classes.panel}>
                <header className={classes.panelHeader}>
                  <h2 className={classes.panelTitle}>{today.latest}</h2>
                  <Link to="/orders" className="link">
                    {today.allOrders}
                  </Link>
                </header>
                <DataTable
                  mode="inline"
                  label={today.latest}
                  rows={data.latestOrders}
                  columns={orderColumns}
                  rowId={(order) => order.id}
                  rowLink={orderRowLink}
                  empty={
                    <EmptyState
                      title={today.noOrders.title}
                      help={today.noOrders.help}
                      action={
                        <Link to="/marketplaces" className="link">
                          {today.connect}
                        </Link>
                      }
                    />
                  }
                />
              </section>
            </div>
            <div className={classes.goes}>
              {maySeeAccounts && <Accounts />}
              {maySeeTasks && <RunningTasks />}
              {maySeeStock && <LowStock />}
            </div>
          </div>
        </div>
      )}
    </Page>
  );
}
