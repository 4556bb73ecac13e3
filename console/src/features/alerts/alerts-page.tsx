import { Button, Menu } from '@mantine/core';
import { IconBellOff, IconChevronDown } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { StockAlert } from '@tradepost/contracts';
import { type ReactNode, useMemo, useState } from 'react';
import { list } from '../../api/queries.ts';
import { rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { FilterMenu } from '../../components/filters.tsx';
import { Page } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { useSelection } from '../../components/use-selection.ts';
import { useText } from '../../i18n/locale.tsx';
import type { AlertFilters } from '../../routes/stock.ts';
import { alertStates } from '../../words.ts';
import { useLocations } from '../locations/use-locations.ts';
import { useCan } from '../session/session.ts';
import { LimitsDialog } from '../stock/limits-dialog.tsx';
import { StockTabs } from '../stock/stock-tabs.tsx';
import { useLevels } from '../stock/use-levels.ts';
import { useAlertColumns } from './alert-columns.tsx';
import { type Snooze, snoozeDays, useAlertActions } from './use-alert-actions.ts';

export const Route = createLazyRoute('/frame/alerts')({ component: AlertsPage });

function AlertsPage() {
  const { alerts } = useText();
  const { state = 'open', location } = Route.useSearch();
  const navigate = Route.useNavigate();
  const mayWrite = useCan('inventory.write');
  const mayManage = useCan('inventory.manage');
  const locations = useLocations();
  const selection = useSelection();
  const [limiting, setLimiting] = useState<StockAlert | null>(null);
  const actions = useAlertActions(selection.clear);
  const columns = useAlertColumns({
    ...(mayWrite ? { onAct: (action, alert) => actions.act(action, [alert]) } : {}),
    ...(mayManage ? { onLimits: setLimiting } : {}),
  });
  const found = useInfiniteQuery(
    list('listAlerts', { query: { state: state === 'all' ? undefined : state, location } }),
  );
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items), [found.data]);
  const chosen = (rows ?? []).filter((alert) => selection.ids.has(alert.id) && alert.state !== 'resolved');
  const set = (change: { [K in keyof AlertFilters]?: AlertFilters[K] | undefined }) => {
    selection.clear();
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  };
  return (
    <Page
      title={alerts.title}
      body="fill"
      toolbar={
        <>
          <StockTabs />
          <FilterMenu
            label={alerts.state}
            options={alertStates.map((value) => ({ value, label: alerts.states[value] }))}
            value={state === 'all' ? undefined : state}
            onChange={(chosenState) => set({ state: chosenState ?? 'all' })}
          />
          {locations.several && (
            <FilterMenu
              label={alerts.location}
              options={locations.all.map(({ code, name }) => ({ value: code, label: name }))}
              value={location}
              onChange={(code) => set({ location: code })}
            />
          )}
        </>
      }
    >
      <DataTable
        key={`${state} ${location}`}
        name="alerts"
        label={alerts.title}
        rows={rows}
        columns={columns}
        rowId={(alert) => alert.id}
        rowLink={alertRowLink}
        {...(mayWrite && state !== 'resolved' ? { selection } : {})}
        bulk={
          <>
            <SnoozeMenu
              label={alerts.snoozeSome(chosen.length)}
              busy={actions.busy}
              onSnooze={(days) => actions.act({ kind: 'snooze', for: days }, chosen)}
            />
            <Button loading={actions.busy} onClick={() => actions.act({ kind: 'acknowledge' }, chosen)}>
              {alerts.acknowledgeSome(chosen.length)}
            </Button>
          </>
        }
        {...pagingOf(found)}
        empty={
          state === 'open' && location === undefined ? (
            <EmptyState
              icon={<IconBellOff size={28} stroke={1.5} aria-hidden />}
              title={alerts.empty.title}
              help={alerts.empty.help}
            />
          ) : (
            <EmptyState title={alerts.noMatch.title} help={alerts.noMatch.help} />
          )
        }
      />
      {limiting && <LimitsOf alert={limiting} onClose={() => setLimiting(null)} />}
    </Page>
  );
}

interface SnoozeProps {
  label: string;
  busy: boolean;
  onSnooze: (days: Snooze) => void;
}

function SnoozeMenu({ label, busy, onSnooze }: SnoozeProps) {
  const { alerts } = useText();
  return (
    <Menu position="top-end">
      <Menu.Target>
        <Button variant="default" loading={busy} rightSection={<IconChevronDown size={14} aria-hidden />}>
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(snoozeDays) as Snooze[]).map((days) => (
          <Menu.Item key={days} onClick={() => onSnooze(days)}>
            {alerts.snoozes[days]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** An alert does not carry the buffer: its level is read first. */
function LimitsOf({ alert, onClose }: { alert: StockAlert; onClose: () => void }) {
  const { levels } = useLevels(alert.sku);
  const level = levels?.find(({ location }) => location === alert.location);
  return level ? <LimitsDialog level={level} onClose={onClose} /> : null;
}

function alertRowLink({ sku, location }: StockAlert, children: ReactNode) {
  return (
    <Link to="/stock/$sku" params={{ sku }} search={{ level: location }} {...rowLinkProps}>
      {children}
    </Link>
  );
}
