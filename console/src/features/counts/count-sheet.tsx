import { ActionIcon } from '@mantine/core';
import { IconArrowBackUp, IconPencil } from '@tabler/icons-react';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Count, CountLine } from '@tradepost/contracts';
import { type ReactNode, useCallback } from 'react';
import { list, useCall } from '../../api/queries.ts';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Money } from '../../components/figures.tsx';
import { FilterMenu, SearchField } from '../../components/filters.tsx';
import { Section } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { offerUndo, toastError } from '../../components/undo.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import type { SheetFilters } from '../../routes/stock.ts';
import { useCan } from '../session/session.ts';
import { countQueueOf } from './count-queue.ts';
import { signed } from './count-words.tsx';
import classes from './counts.module.css';

const route = getRouteApi('/frame/counts/$countId');

/** All lines. While it is being counted the expected figures are not shown: they would be what is counted. */
export function CountSheet({ count }: { count: Count }) {
  const { counts } = useText();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const counting = count.status === 'open';
  // Under review the differences are what one wants to see first.
  const { show = count.status === 'reviewing' && count.different > 0 ? 'different' : undefined, q } = search;
  const found = useInfiniteQuery(
    list('listCountLines', { params: { id: count.id }, query: { state: show, search: q } }),
  );
  const columns = useSheetColumns(count);
  const set = (change: { [K in keyof SheetFilters]?: SheetFilters[K] | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const setSearch = useCallback(
    (typed: string) =>
      void navigate({ search: (before) => ({ ...before, q: typed || undefined }), replace: true }),
    [navigate],
  );
  return (
    <Section title={counts.sheet}>
      <div className={classes.filters}>
        <SearchField label={counts.sheetSearch} value={q ?? ''} onChange={setSearch} />
        <FilterMenu
          label={counts.show}
          options={(counting
            ? (['uncounted', 'counted'] as const)
            : (['different', 'counted', 'uncounted'] as const)
          ).map((value) => ({ value, label: counts.shows[value] }))}
          value={show}
          onChange={(value) => set({ show: value })}
        />
      </div>
      <DataTable
        mode="card"
        label={counts.sheet}
        rows={found.data?.pages.flatMap((page) => page.items)}
        columns={columns}
        rowId={(line) => line.variantId}
        {...(counting ? {} : { rowLink: lineLink })}
        {...pagingOf(found)}
        empty={<p className={classes.nothing}>{counts.emptySheet}</p>}
      />
    </Section>
  );
}

function lineLink({ sku }: CountLine, children: ReactNode) {
  return (
    <Link to="/stock/$sku" params={{ sku }} {...rowLinkProps}>
      {children}
    </Link>
  );
}

function useSheetColumns(count: Count): readonly Column<CountLine>[] {
  const { counts, stock } = useText();
  const formats = useFormats();
  const mayCount = useCan('inventory.write') && count.status === 'open';
  const figure = (value: number | null) =>
    value === null ? <span className="dim">—</span> : formats.number(value);
  const counted: Column<CountLine> = {
    key: 'counted',
    header: counts.counted,
    width: '76px',
    align: 'right',
    cell: (line) =>
      line.counted === null ? (
        <span className="dim" title={counts.notCounted}>
          <span aria-hidden>—</span>
          <span className="visually-hidden">{counts.notCounted}</span>
        </span>
      ) : (
        formats.number(line.counted)
      ),
    card: count.status === 'open' ? 'aside' : 'hidden',
  };
  return [
    {
      key: 'name',
      header: stock.name,
      width: 'minmax(120px, 2fr)',
      cell: (line) => line.name,
      card: 'title',
    },
    {
      key: 'sku',
      header: stock.sku,
      width: 'minmax(80px, 140px)',
      cell: (line) => <span className="mono">{line.sku}</span>,
      card: 'line',
    },
    counted,
    ...(count.status === 'open'
      ? []
      : ([
          {
            key: 'expected',
            header: counts.expected,
            width: '76px',
            align: 'right',
            cell: (line) => figure(line.expected),
            card: 'hidden',
          },
          {
            key: 'difference',
            header: counts.difference,
            width: '84px',
            align: 'right',
            cell: ({ difference }) =>
              difference === null || difference === 0 ? (
                <span className="dim">{difference === null ? '—' : '0'}</span>
              ) : (
                <strong>{signed(formats.number(Math.abs(difference)), difference)}</strong>
              ),
            card: 'aside',
          },
          {
            key: 'value',
            header: counts.value,
            width: '116px',
            align: 'right',
            cell: (line) =>
              line.differenceMinor === null ? (
                <span className="dim">—</span>
              ) : (
                <Money minor={line.differenceMinor} currency={line.currency} />
              ),
            from: 560,
            card: 'note',
          },
        ] satisfies Column<CountLine>[])),
    ...(mayCount
      ? [
          {
            key: 'actions',
            header: counts.set,
            headerHidden: true,
            width: '60px',
            align: 'right' as const,
            cell: (line: CountLine) => <LineActions line={line} countId={count.id} />,
            card: 'note' as const,
          },
        ]
      : []),
  ];
}

/** Correcting a line that was counted before: in the card above, or by taking it back. */
function LineActions({ line, countId }: { line: CountLine; countId: string }) {
  const { counts } = useText();
  const queue = countQueueOf(countId, useQueryClient());
  const clear = useCall('clearCountLine', () => {
    const { counted } = line;
    queue.show(null);
    if (counted !== null) {
      offerUndo(counts.tookBack(line.sku), () =>
        queue.put({ code: line.sku, quantity: counted, mode: 'set' }),
      );
    }
  });
  return (
    <>
      <ActionIcon size={24} aria-label={`${counts.setTo}: ${line.sku}`} onClick={() => queue.show(line)}>
        <IconPencil size={14} aria-hidden />
      </ActionIcon>
      {line.counted !== null && (
        <ActionIcon
          size={24}
          aria-label={counts.takeBackOf(line.sku)}
          onClick={() =>
            clear.mutate({ params: { id: countId, variantId: line.variantId } }, { onError: toastError })
          }
        >
          <IconArrowBackUp size={14} aria-hidden />
        </ActionIcon>
      )}
    </>
  );
}
