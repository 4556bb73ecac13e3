import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { CountSummary } from '@tradepost/contracts';
import { type ReactNode, useState } from 'react';
import { list } from '../../api/queries.ts';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { When } from '../../components/figures.tsx';
import { FilterMenu } from '../../components/filters.tsx';
import { Page } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import type { CountFilters } from '../../routes/stock.ts';
import { countStates } from '../../words.ts';
import { useLocations } from '../locations/use-locations.ts';
import { useCan } from '../session/session.ts';
import { StockTabs } from '../stock/stock-tabs.tsx';
import { CountStatus } from './count-words.tsx';
import { CreateCountDialog } from './create-count-dialog.tsx';

export const Route = createLazyRoute('/frame/counts')({ component: CountsPage });

function CountsPage() {
  const { counts } = useText();
  const filters = Route.useSearch();
  const navigate = Route.useNavigate();
  const mayWrite = useCan('inventory.write');
  const locations = useLocations();
  const columns = useCountColumns();
  const [creating, setCreating] = useState(false);
  const found = useInfiniteQuery(list('listCounts', { query: { ...filters } }));
  const set = (change: { [K in keyof CountFilters]?: CountFilters[K] | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  return (
    <Page
      title={counts.title}
      body="fill"
      actions={
        mayWrite && (
          <Button
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setCreating(true)}
            data-create
          >
            {counts.create}
          </Button>
        )
      }
      toolbar={
        <>
          <StockTabs />
          <FilterMenu
            label={counts.status}
            options={countStates.map((value) => ({ value, label: counts.states[value] }))}
            value={filters.status}
            onChange={(status) => set({ status })}
          />
          {locations.several && (
            <FilterMenu
              label={counts.location}
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
        name="counts"
        label={counts.title}
        rows={found.data?.pages.flatMap((page) => page.items)}
        columns={columns}
        rowId={(count) => count.id}
        rowLink={countRowLink}
        {...pagingOf(found)}
        empty={
          Object.keys(filters).length > 0 ? (
            <EmptyState title={counts.noMatch.title} help={counts.noMatch.help} />
          ) : (
            <EmptyState
              title={counts.empty.title}
              help={counts.empty.help}
              action={
                mayWrite && (
                  <Button variant="default" onClick={() => setCreating(true)}>
                    {counts.create}
                  </Button>
                )
              }
            />
          )
        }
      />
      {creating && <CreateCountDialog onClose={() => setCreating(false)} />}
    </Page>
  );
}

function useCountColumns(): readonly Column<CountSummary>[] {
  const { counts } = useText();
  const formats = useFormats();
  const { nameOf } = useLocations();
  return [
    {
      key: 'name',
      header: counts.count,
      width: 'minmax(140px, 2fr)',
      cell: (count) => count.name,
      card: 'title',
    },
    {
      key: 'location',
      header: counts.location,
      width: 'minmax(90px, 1fr)',
      cell: (count) => nameOf(count.location),
      from: 560,
      card: 'hidden',
    },
    {
      key: 'status',
      header: counts.status,
      width: 'minmax(110px, 140px)',
      cell: (count) => <CountStatus status={count.status} />,
      card: 'line',
    },
    {
      key: 'progress',
      header: counts.progress,
      width: '120px',
      align: 'right',
      cell: (count) => counts.countedOf(formats.number(count.counted), formats.number(count.lineCount)),
      card: 'aside',
    },
    {
      key: 'began',
      header: counts.began,
      width: '104px',
      align: 'right',
      cell: (count) => <When at={count.createdAt} />,
      card: 'note',
    },
  ];
}

function countRowLink(count: CountSummary, children: ReactNode) {
  return (
    <Link to="/counts/$countId" params={{ countId: count.id }} {...rowLinkProps}>
      {children}
    </Link>
  );
}
