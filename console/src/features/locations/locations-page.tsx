import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { Location } from '@tradepost/contracts';
import { useState } from 'react';
import { query, useCall } from '../../api/queries.ts';
import type { Column } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Figure } from '../../components/figures.tsx';
import { Page, Section } from '../../components/page.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { offerUndo, toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import classes from '../settings/settings.module.css';
import { SettingsTabs } from '../settings/settings-tabs.tsx';
import { LocationDialog } from './location-dialog.tsx';

export const Route = createLazyRoute('/frame/settings/locations')({ component: LocationsPage });

function LocationsPage() {
  const { settings, locations } = useText();
  const mayManage = useCan('inventory.manage');
  const [asking, setAsking] = useState<Location | 'new' | null>(null);
  const found = useQuery(query('listLocations', {}));
  const archive = useArchive();
  const columns = useColumns(mayManage ? { onEdit: setAsking, onArchive: archive } : null);
  const create = mayManage && (
    <Button
      variant="default"
      leftSection={<IconPlus size={14} aria-hidden />}
      onClick={() => setAsking('new')}
    >
      {locations.create}
    </Button>
  );
  return (
    <Page title={settings.title} toolbar={<SettingsTabs />}>
      <Section title={locations.title} aside={create}>
        <p className={classes.lead}>{locations.lead}</p>
        <DataTable
          mode="card"
          label={locations.title}
          rows={found.data?.items}
          columns={columns}
          rowId={(location) => location.id}
          error={found.error}
          onRetry={() => void found.refetch()}
          empty={null}
        />
      </Section>
      {asking !== null && (
        <LocationDialog location={asking === 'new' ? null : asking} onClose={() => setAsking(null)} />
      )}
    </Page>
  );
}

/** Archives a location or brings it back, each with the way to undo it. */
function useArchive(): (location: Location) => void {
  const { locations } = useText();
  const update = useCall('updateLocation');
  const set = ({ id, version }: Location, archived: boolean) => ({
    params: { id },
    body: { archived, version },
  });
  return (location) => {
    const archived = location.archivedAt === null;
    update.mutate(set(location, archived), {
      onSuccess: (after) =>
        offerUndo(archived ? locations.archivedDone(after.name) : locations.restored(after.name), () =>
          update.mutateAsync(set(after, !archived)),
        ),
      onError: toastError,
    });
  };
}

interface LocationActions {
  onEdit: (location: Location) => void;
  onArchive: (location: Location) => void;
}

function useColumns(actions: LocationActions | null): readonly Column<Location>[] {
  const { locations } = useText();
  return [
    {
      key: 'name',
      header: locations.name,
      width: 'minmax(120px, 1.4fr)',
      cell: (location) => (
        <Link to="/stock" search={{ location: location.code }} className="link">
          {location.name}
        </Link>
      ),
      card: 'title',
    },
    {
      key: 'code',
      header: locations.code,
      width: 'minmax(90px, 1fr)',
      cell: (location) => <span className="mono">{location.code}</span>,
      card: 'line',
    },
    {
      key: 'priority',
      header: locations.priority,
      width: '72px',
      align: 'right',
      cell: (location) => <Figure value={location.priority} />,
      from: 560,
      card: 'hidden',
    },
    {
      key: 'skus',
      header: locations.skus,
      width: '84px',
      align: 'right',
      cell: (location) => <Figure value={location.skus} />,
      from: 560,
      card: 'hidden',
    },
    {
      key: 'pieces',
      header: locations.pieces,
      width: '96px',
      align: 'right',
      cell: (location) => <Figure value={location.onHand} />,
      card: 'aside',
    },
    {
      key: 'state',
      header: locations.state,
      width: '110px',
      cell: (location) =>
        location.archivedAt === null ? (
          <StatusBadge look="done">{locations.active}</StatusBadge>
        ) : (
          <StatusBadge look="paused">{locations.archived}</StatusBadge>
        ),
      from: 620,
      card: 'hidden',
    },
    ...(actions
      ? [
          {
            key: 'actions',
            header: locations.edit,
            headerHidden: true,
            width: '36px',
            align: 'right' as const,
            cell: (location: Location) => (
              <Menu position="bottom-end">
                <Menu.Target>
                  <ActionIcon aria-label={locations.actions(location.name)}>
                    <IconDots size={16} aria-hidden />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item onClick={() => actions.onEdit(location)}>{locations.edit}</Menu.Item>
                  <Menu.Item onClick={() => actions.onArchive(location)}>
                    {location.archivedAt === null ? locations.archive : locations.restore}
                  </Menu.Item>
                </Menu.Dropdown>
              </Menu>
            ),
            card: 'note' as const,
          },
        ]
      : []),
  ];
}
