import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconAdjustments, IconCircleCheck, IconDots, IconRefresh } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, Outlet, useParams } from '@tanstack/react-router';
import type { ReorderPlan } from '@tradepost/contracts';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { list, query } from '../../api/queries.ts';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Figure, Money } from '../../components/figures.tsx';
import { SearchField } from '../../components/filters.tsx';
import { ListDetail } from '../../components/list-detail.tsx';
import { Page } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { type Look, StatusBadge } from '../../components/status-badge.tsx';
import { useSelection } from '../../components/use-selection.ts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import type { PlanFilters } from '../../routes/purchasing.ts';
import { PickFilter } from '../products/pick-filter.tsx';
import { PurchasingTabs } from '../purchase-orders/purchasing-tabs.tsx';
import { useCan } from '../session/session.ts';
import { DraftSelected } from './draft-selected.tsx';
import { explain } from './explain.ts';
import { useRun } from './run.tsx';
import { SettingsDialog } from './settings-dialog.tsx';

export const Route = createLazyRoute('/frame/purchasing')({ component: ReplenishmentPage });

function ReplenishmentPage() {
  const { replenishment, suppliers, nav } = useText();
  const filters = Route.useSearch();
  const { q, supplier, all } = filters;
  const navigate = Route.useNavigate();
  const { variantId } = useParams({ strict: false });
  const mayWrite = useCan('purchasing.write');
  const selection = useSelection();
  const [changing, setChanging] = useState(false);
  const columns = usePlanColumns();
  const run = useRun();
  const known = useQuery(query('listSuppliers', { query: { limit: 200 } }));
  const plans = useInfiniteQuery(
    list('listReorderPlans', {
      query: { search: q, supplierId: supplier, needed: all ? undefined : 'true' },
    }),
  );
  const rows = useMemo(() => plans.data?.pages.flatMap((page) => page.items), [plans.data]);
  const setFilters = useCallback(
    (change: { [K in keyof PlanFilters]?: PlanFilters[K] | undefined }) => {
      selection.clear();
      void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
    },
    [navigate, selection.clear],
  );
  const setSearch = useCallback((typed: string) => setFilters({ q: typed || undefined }), [setFilters]);
  return (
    <ListDetail
      list={
        <Page
          title={nav.purchasing}
          body="fill"
          actions={
            <>
              <Menu position="bottom-end">
                <Menu.Target>
                  <ActionIcon aria-label={replenishment.more}>
                    <IconDots size={16} aria-hidden />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  {mayWrite && (
                    <Menu.Item
                      leftSection={<IconRefresh size={14} aria-hidden />}
                      disabled={run.running}
                      onClick={() => run.start(false)}
                    >
                      {replenishment.workOut}
                    </Menu.Item>
                  )}
                  <Menu.Item
                    leftSection={<IconAdjustments size={14} aria-hidden />}
                    onClick={() => setChanging(true)}
                  >
                    {replenishment.settings}
                  </Menu.Item>
                </Menu.Dropdown>
              </Menu>
              {mayWrite && (
                <Button disabled={run.running} onClick={() => run.start(true)}>
                  {replenishment.draftAll}
                </Button>
              )}
            </>
          }
          toolbar={
            <>
              <PurchasingTabs />
              <SearchField label={replenishment.search} value={q ?? ''} onChange={setSearch} />
              <PickFilter
                label={suppliers.supplier}
                options={(known.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
                value={supplier}
                onChange={(next) => setFilters({ supplier: next })}
              />
              <Button
                variant={all ? 'light' : 'default'}
                aria-pressed={all === true}
                onClick={() => setFilters({ all: all ? undefined : true })}
              >
                {replenishment.everything}
              </Button>
              {run.strip}
            </>
          }
        >
          <DataTable
            key={JSON.stringify(filters)}
            label={replenishment.needed}
            name="reorder-plans"
            rows={rows}
            columns={columns}
            rowId={(plan) => plan.variantId}
            rowLink={planRowLink}
            selectedId={variantId}
            {...(mayWrite ? { selection } : {})}
            bulk={
              <DraftSelected
                plans={(rows ?? []).filter((plan) => selection.ids.has(plan.variantId))}
                onDone={selection.clear}
              />
            }
            {...pagingOf(plans)}
            empty={
              q || supplier ? (
                <EmptyState title={replenishment.noMatch.title} help={replenishment.noMatch.help} />
              ) : all ? (
                <EmptyState
                  title={replenishment.emptyAll.title}
                  help={replenishment.emptyAll.help}
                  action={
                    <Link to="/purchasing/suppliers" className="link">
                      {suppliers.title}
                    </Link>
                  }
                />
              ) : (
                <EmptyState
                  icon={<IconCircleCheck size={28} stroke={1.5} aria-hidden />}
                  title={replenishment.empty.title}
                  help={replenishment.empty.help}
                />
              )
            }
          />
          {changing && <SettingsDialog mayWrite={mayWrite} onClose={() => setChanging(false)} />}
        </Page>
      }
      detail={variantId ? <Outlet /> : null}
    />
  );
}

const looks: Record<ReorderPlan['decision'], Look> = {
  order: 'alert',
  drafted: 'new',
  enough: 'done',
  no_sales: 'waiting',
  paused: 'paused',
};

export function Decision({ decision }: { decision: ReorderPlan['decision'] }) {
  return <StatusBadge look={looks[decision]}>{useText().replenishment.decisions[decision]}</StatusBadge>;
}

function planRowLink({ variantId }: ReorderPlan, children: ReactNode) {
  return (
    <Link to="/purchasing/$variantId" params={{ variantId }} search {...rowLinkProps}>
      {children}
    </Link>
  );
}

function usePlanColumns(): readonly Column<ReorderPlan>[] {
  const text = useText();
  const { replenishment, suppliers } = text;
  const formats = useFormats();
  return useMemo(
    () => [
      {
        key: 'name',
        header: replenishment.item,
        width: 'minmax(120px, 2fr)',
        cell: (plan) => plan.name,
        card: 'title',
      },
      {
        key: 'sku',
        header: replenishment.sku,
        width: 'minmax(84px, 130px)',
        cell: (plan) => <span className="mono">{plan.sku}</span>,
        copy: (plan) => plan.sku,
        from: 560,
        card: 'line',
      },
      {
        key: 'state',
        header: replenishment.decision,
        width: 'minmax(96px, 120px)',
        cell: (plan) => <Decision decision={plan.decision} />,
        card: 'note',
      },
      {
        key: 'have',
        header: replenishment.have,
        width: '72px',
        align: 'right',
        cell: (plan) => <Figure value={plan.position} />,
        from: 480,
        card: 'hidden',
      },
      {
        key: 'point',
        header: replenishment.orderAt,
        width: '72px',
        align: 'right',
        cell: (plan) => <Figure value={plan.reorderPoint} />,
        from: 640,
        card: 'hidden',
      },
      {
        key: 'order',
        header: replenishment.order,
        width: 'minmax(60px, 90px)',
        align: 'right',
        cell: (plan) =>
          plan.orderQuantity > 0 ? <b className="num">{formats.number(plan.orderQuantity)}</b> : null,
        card: 'aside',
      },
      {
        key: 'cost',
        header: replenishment.cost,
        width: 'minmax(90px, 116px)',
        align: 'right',
        cell: (plan) =>
          plan.orderQuantity > 0 && plan.unitCostMinor !== null && plan.currency !== null ? (
            <Money minor={plan.orderQuantity * plan.unitCostMinor} currency={plan.currency} />
          ) : null,
        from: 940,
        card: 'hidden',
      },
      {
        key: 'supplier',
        header: suppliers.supplier,
        width: 'minmax(90px, 1fr)',
        cell: (plan) => plan.supplierName ?? <span className="dim">{replenishment.noSupplier}</span>,
        from: 800,
        card: 'hidden',
      },
      {
        key: 'why',
        header: replenishment.why,
        width: 'minmax(220px, 4fr)',
        cell: (plan) => {
          const why = explain(plan, text, formats);
          return (
            <span className="dim" title={why}>
              {why}
            </span>
          );
        },
        from: 1160,
        card: 'hidden',
      },
    ],
    [replenishment, suppliers, formats, text],
  );
}
