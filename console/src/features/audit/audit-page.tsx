import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { list, query } from '../../api/queries.ts';
import { FilterMenu, SearchField } from '../../components/filters.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState, Lines } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import type { AuditFilters } from '../../routes/settings.ts';
import { useCan } from '../session/session.ts';
import { SettingsTabs } from '../settings/settings-tabs.tsx';
import classes from './audit.module.css';
import { AuditEntries } from './audit-entries.tsx';

export const Route = createLazyRoute('/frame/settings/audit')({ component: AuditPage });

const DAY_MS = 86_400_000;
const spans = { 1: 'today', 7: 'week', 30: 'month', 365: 'year' } as const;

type Change = { [K in keyof AuditFilters]?: AuditFilters[K] | undefined };

function AuditPage() {
  const { settings, audit, problems } = useText();
  const filters = Route.useSearch();
  const navigate = Route.useNavigate();
  const maySee = useCan('audit.read');
  const asked = useMemo(() => queryOf(filters), [filters]);
  const entries = useInfiniteQuery({ ...list('listAudit', { query: asked }), enabled: maySee, staleTime: 0 });
  const setFilters = useCallback(
    (change: Change) => {
      void navigate({ search: (before) => withoutEmpty({ ...before, ...change }), replace: true });
    },
    [navigate],
  );
  const rows = entries.data?.pages.flatMap((page) => page.items);
  return (
    <Page
      title={settings.title}
      actions={
        maySee && (
          <Button
            component="a"
            variant="default"
            href={exportAddress(asked)}
            download
            leftSection={<IconDownload size={14} aria-hidden />}
          >
            {audit.export}
          </Button>
        )
      }
      toolbar={
        <>
          <SettingsTabs />
          {maySee && <Filters filters={filters} onChange={setFilters} />}
        </>
      }
    >
      {!maySee ? (
        <EmptyState title={problems.forbidden.title} help={problems.forbidden.help} />
      ) : rows === undefined ? (
        entries.error ? (
          <ErrorState error={entries.error} onRetry={() => void entries.refetch()} />
        ) : (
          <Lines count={12} />
        )
      ) : rows.length === 0 ? (
        Object.keys(filters).length > 0 ? (
          <EmptyState title={audit.noMatch.title} help={audit.noMatch.help} />
        ) : (
          <EmptyState title={audit.empty.title} help={audit.empty.help} />
        )
      ) : (
        <AuditEntries entries={rows} onOnly={setFilters} />
      )}
      {entries.hasNextPage && <More entries={entries} />}
    </Page>
  );
}

function More({ entries }: { entries: { isFetchingNextPage: boolean; fetchNextPage: () => unknown } }) {
  const { actions } = useText();
  return (
    <div className={classes.more}>
      <Button
        variant="default"
        loading={entries.isFetchingNextPage}
        onClick={() => void entries.fetchNextPage()}
      >
        {actions.more}
      </Button>
    </div>
  );
}

function Filters({ filters, onChange }: { filters: AuditFilters; onChange: (change: Change) => void }) {
  const { audit } = useText();
  const maySeePeople = useCan('members.read');
  const members = useQuery({ ...query('listMembers', { query: { limit: 200 } }), enabled: maySeePeople });
  const setSearch = useCallback((q: string) => onChange({ q }), [onChange]);
  const { actor, entity, entityId, action, days } = filters;
  return (
    <>
      <SearchField label={audit.search} value={filters.q ?? ''} onChange={setSearch} />
      <FilterMenu
        label={audit.who}
        options={[
          ...(members.data?.items ?? []).map(({ id, name }) => ({ value: `user:${id}`, label: name })),
          { value: 'system', label: audit.system },
        ]}
        value={actor}
        onChange={(next) => onChange({ actor: next })}
      />
      <FilterMenu
        label={audit.what}
        options={Object.entries(audit.entities).map(([value, label]) => ({ value, label }))}
        value={entity}
        onChange={(next) => onChange({ entity: next, entityId: undefined })}
      />
      {entityId && (
        <FilterMenu
          label={audit.thing}
          options={[{ value: entityId, label: `${entityId.slice(0, 8)}…` }]}
          value={entityId}
          onChange={(next) => onChange({ entityId: next })}
        />
      )}
      <FilterMenu
        label={audit.action}
        options={(['insert', 'update', 'delete'] as const).map((value) => ({
          value,
          label: audit.actions[value],
        }))}
        value={action}
        onChange={(next) => onChange({ action: next })}
      />
      <FilterMenu
        label={audit.when}
        options={Object.entries(spans).map(([value, word]) => ({ value, label: audit.days[word] }))}
        value={days === undefined ? undefined : String(days)}
        onChange={(next) => onChange({ days: next === undefined ? undefined : Number(next) })}
      />
    </>
  );
}

function queryOf({ q, actor, entity, entityId, action, days }: AuditFilters) {
  return {
    ...(q ? { search: q } : {}),
    ...(actor ? { actor } : {}),
    ...(entity ? { entity } : {}),
    ...(entityId ? { entityId } : {}),
    ...(action ? { action } : {}),
    ...(days ? { from: new Date(startOfToday() - (days - 1) * DAY_MS).toISOString() } : {}),
  };
}

function startOfToday(): number {
  return new Date().setHours(0, 0, 0, 0);
}

/** The browser fetches it by itself: a stream of any length that never stands in the page's memory. */
function exportAddress(asked: Record<string, string>): string {
  return `/api/v1/admin/audit/export?${new URLSearchParams(asked)}`;
}

/** An empty filter leaves the URL. */
function withoutEmpty(filters: Change): AuditFilters {
  return Object.fromEntries(
    Object.entries(filters).filter(([, value]) => value !== undefined && value !== ''),
  );
}
