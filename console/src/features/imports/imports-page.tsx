import { Button } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { Import } from '@tradepost/contracts';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import { list } from '../../api/queries.ts';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { When } from '../../components/figures.tsx';
import { FilterMenu } from '../../components/filters.tsx';
import { Page } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import type { ImportFilters } from '../../routes/stock.ts';
import { importKinds, importStates } from '../../words.ts';
import { useCan } from '../session/session.ts';
import { StockTabs } from '../stock/stock-tabs.tsx';
import { ImportStatus, useImportResult } from './import-words.tsx';
import { UploadDialog } from './upload-dialog.tsx';

export const Route = createLazyRoute('/frame/imports')({ component: ImportsPage });

function ImportsPage() {
  const { imports, stock } = useText();
  const filters = Route.useSearch();
  const { kind, status } = filters;
  const navigate = Route.useNavigate();
  const mayWrite = useCan('imports.write');
  const [uploading, setUploading] = useState(false);
  const columns = useImportColumns();
  const found = useInfiniteQuery(list('listImports', { query: { kind, status } }));
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items), [found.data]);
  const setFilters = useCallback(
    (change: { [K in keyof ImportFilters]?: ImportFilters[K] | undefined }) =>
      void navigate({ search: (before) => ({ ...before, ...change }), replace: true }),
    [navigate],
  );
  const create = mayWrite && (
    <Button leftSection={<IconUpload size={14} aria-hidden />} onClick={() => setUploading(true)} data-create>
      {imports.create}
    </Button>
  );
  return (
    <Page
      title={stock.title}
      body="fill"
      actions={create}
      toolbar={
        <>
          <StockTabs />
          <FilterMenu
            label={imports.kind}
            options={importKinds.map((value) => ({ value, label: imports.kinds[value] }))}
            value={kind}
            onChange={(next) => setFilters({ kind: next })}
          />
          <FilterMenu
            label={imports.status}
            options={importStates.map((value) => ({ value, label: imports.states[value] }))}
            value={status}
            onChange={(next) => setFilters({ status: next })}
          />
        </>
      }
    >
      <DataTable
        key={JSON.stringify(filters)}
        label={imports.title}
        name="imports"
        rows={rows}
        columns={columns}
        rowId={(one) => one.id}
        rowLink={importRowLink}
        {...pagingOf(found)}
        empty={
          status ? (
            <EmptyState title={imports.noMatch.title} help={imports.noMatch.help} action={create} />
          ) : (
            <EmptyState
              icon={<IconUpload size={28} stroke={1.5} aria-hidden />}
              title={imports.empty.title}
              help={imports.empty.help}
              action={create}
            />
          )
        }
      />
      {uploading && <UploadDialog kind={kind ?? 'stock'} onClose={() => setUploading(false)} />}
    </Page>
  );
}

function importRowLink({ id }: Import, children: ReactNode) {
  return (
    <Link to="/imports/$importId" params={{ importId: id }} {...rowLinkProps}>
      {children}
    </Link>
  );
}

function useImportColumns(): readonly Column<Import>[] {
  const { imports } = useText();
  const resultOf = useImportResult();
  return [
    {
      key: 'file',
      header: imports.file,
      width: 'minmax(120px, 2fr)',
      cell: (one) => one.fileName,
      card: 'title',
    },
    {
      key: 'kind',
      header: imports.kind,
      width: 'minmax(90px, 1fr)',
      cell: (one) => imports.kinds[one.kind],
      from: 480,
      card: 'hidden',
    },
    {
      key: 'status',
      header: imports.status,
      width: 'minmax(120px, 150px)',
      cell: (one) => <ImportStatus status={one.status} />,
      card: 'aside',
    },
    {
      key: 'result',
      header: imports.result,
      width: 'minmax(140px, 2fr)',
      cell: (one) => <span className="dim">{resultOf(one)}</span>,
      from: 720,
      card: 'line',
    },
    {
      key: 'created',
      header: imports.created,
      width: '104px',
      align: 'right',
      cell: (one) => <When at={one.createdAt} />,
      card: 'note',
    },
  ];
}
