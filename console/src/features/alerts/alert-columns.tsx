import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { StockAlert } from '@tradepost/contracts';
import type { Column } from '../../components/data-row.tsx';
import { Figure, When } from '../../components/figures.tsx';
import { type Look, StatusBadge } from '../../components/status-badge.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';
import { InCard } from '../stock/in-card.tsx';
import { type AlertAction, type Snooze, snoozeDays } from './use-alert-actions.ts';

interface RowActions {
  /** Absent where this person may only look. */
  onAct?: (action: AlertAction, alert: StockAlert) => void;
  onLimits?: (alert: StockAlert) => void;
}

export function useAlertColumns(actions: RowActions): readonly Column<StockAlert>[] {
  const { alerts } = useText();
  const { several, nameOf } = useLocations();
  return [
    {
      key: 'item',
      header: alerts.item,
      width: 'minmax(140px, 2fr)',
      cell: (alert) => alert.name,
      card: 'title',
    },
    {
      key: 'sku',
      header: 'SKU',
      width: 'minmax(90px, 140px)',
      cell: (alert) => (
        <>
          <span className="mono">{alert.sku}</span>
          {several && <InCard>{nameOf(alert.location)}</InCard>}
          <InCard>{alerts.kinds[alert.kind]}</InCard>
        </>
      ),
      copy: (alert) => alert.sku,
      card: 'line',
    },
    ...(several
      ? [
          {
            key: 'location',
            header: alerts.location,
            width: 'minmax(80px, 1fr)',
            cell: (alert: StockAlert) => nameOf(alert.location),
            from: 760,
            card: 'hidden' as const,
          },
        ]
      : []),
    {
      key: 'kind',
      header: alerts.kind,
      width: '90px',
      cell: (alert) =>
        alert.kind === 'out' ? (
          <StatusBadge look="failed">{alerts.kinds.out}</StatusBadge>
        ) : (
          <StatusBadge look="alert">{alerts.kinds.low}</StatusBadge>
        ),
      from: 520,
      card: 'hidden',
    },
    {
      key: 'now',
      header: alerts.now,
      width: '76px',
      align: 'right',
      cell: (alert) => <Figure value={alert.available} />,
      card: 'aside',
    },
    {
      key: 'lowAt',
      header: alerts.lowAt,
      width: '64px',
      align: 'right',
      cell: (alert) => <Figure value={alert.threshold} />,
      from: 680,
      card: 'hidden',
    },
    {
      key: 'incoming',
      header: alerts.incoming,
      width: '76px',
      align: 'right',
      cell: (alert) => <Figure value={alert.incoming} />,
      from: 840,
      card: 'hidden',
    },
    {
      key: 'state',
      header: alerts.state,
      width: 'minmax(110px, 190px)',
      cell: (alert) => <AlertStateWords alert={alert} />,
      from: 600,
      card: 'hidden',
    },
    {
      key: 'opened',
      header: alerts.opened,
      width: '92px',
      align: 'right',
      cell: (alert) => <When at={alert.openedAt} />,
      from: 900,
      card: 'hidden',
    },
    ...(actions.onAct || actions.onLimits
      ? [
          {
            key: 'actions',
            header: alerts.actions(''),
            headerHidden: true,
            width: '36px',
            align: 'right' as const,
            cell: (alert: StockAlert) => <AlertMenu alert={alert} {...actions} />,
            card: 'note' as const,
          },
        ]
      : []),
  ];
}

const looks: Record<StockAlert['state'], Look> = {
  open: 'new',
  acknowledged: 'progress',
  snoozed: 'paused',
  resolved: 'done',
};

function AlertStateWords({ alert }: { alert: StockAlert }) {
  const { alerts } = useText();
  const formats = useFormats();
  const { state, snoozedUntil } = alert;
  return (
    <span>
      <StatusBadge look={looks[state]}>{alerts.states[state]}</StatusBadge>
      {state === 'snoozed' && snoozedUntil !== null && (
        <span className="dim"> {alerts.until(formats.dayAndTime(new Date(snoozedUntil)))}</span>
      )}
    </span>
  );
}

function AlertMenu({ alert, onAct, onLimits }: RowActions & { alert: StockAlert }) {
  const { alerts } = useText();
  const { state } = alert;
  const live = state !== 'resolved';
  if (!onLimits && (!live || !onAct)) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={alerts.actions(alert.sku)}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {onAct && live && state !== 'acknowledged' && (
          <Menu.Item onClick={() => onAct({ kind: 'acknowledge' }, alert)}>{alerts.acknowledge}</Menu.Item>
        )}
        {onAct && live && state !== 'open' && (
          <Menu.Item onClick={() => onAct({ kind: 'reopen' }, alert)}>{alerts.reopen}</Menu.Item>
        )}
        {onAct && live && (
          <>
            <Menu.Label>{alerts.snooze}</Menu.Label>
            {(Object.keys(snoozeDays) as Snooze[]).map((days) => (
              <Menu.Item key={days} onClick={() => onAct({ kind: 'snooze', for: days }, alert)}>
                {alerts.snoozes[days]}
              </Menu.Item>
            ))}
            {onLimits && <Menu.Divider />}
          </>
        )}
        {onLimits && <Menu.Item onClick={() => onLimits(alert)}>{alerts.limits}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
