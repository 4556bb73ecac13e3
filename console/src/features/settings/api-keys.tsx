import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots, IconKey, IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ApiKey } from '@tradepost/contracts';
import { useState } from 'react';
import { list, useCall } from '../../api/queries.ts';
import { ConfirmByName } from '../../components/confirm-by-name.tsx';
import type { Column } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { When } from '../../components/figures.tsx';
import { Section } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import { CreateKeyDialog } from './create-key-dialog.tsx';
import { RenameKeyDialog } from './rename-dialog.tsx';
import classes from './settings.module.css';

export function ApiKeys() {
  const { settings } = useText();
  const mayWrite = useCan('keys.write');
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const keys = useInfiniteQuery(list('listApiKeys', { query: {} }));
  const revoke = useCall('revokeApiKey', () => {
    if (revoking) toast(settings.revokedDone(revoking.name));
    setRevoking(null);
  });
  const [renaming, setRenaming] = useState<ApiKey | null>(null);
  const columns = useKeyColumns(mayWrite ? { onRename: setRenaming, onRevoke: setRevoking } : null);
  const create = mayWrite && (
    <Button
      variant="default"
      leftSection={<IconPlus size={14} aria-hidden />}
      onClick={() => setCreating(true)}
    >
      {settings.create}
    </Button>
  );
  return (
    <Section title={settings.keys} aside={create}>
      <p className={classes.lead}>{settings.keysLead}</p>
      <DataTable
        mode="card"
        label={settings.keys}
        rows={keys.data?.pages.flatMap((page) => page.items)}
        columns={columns}
        rowId={(key) => key.id}
        {...pagingOf(keys)}
        empty={
          <EmptyState
            icon={<IconKey size={28} stroke={1.5} aria-hidden />}
            title={settings.noKeys.title}
            help={settings.noKeys.help}
          />
        }
      />
      {creating && <CreateKeyDialog onClose={() => setCreating(false)} />}
      {renaming && <RenameKeyDialog apiKey={renaming} onClose={() => setRenaming(null)} />}
      {revoking && (
        <ConfirmByName
          title={settings.revokeTitle(revoking.name)}
          what={settings.revokeWhat}
          label={settings.typeName(revoking.name)}
          name={revoking.name}
          confirm={settings.revoke}
          busy={revoke.isPending}
          error={revoke.error}
          onConfirm={() => revoke.mutate({ params: { id: revoking.id } })}
          onClose={() => setRevoking(null)}
        />
      )}
    </Section>
  );
}

interface KeyActions {
  onRename: (key: ApiKey) => void;
  onRevoke: (key: ApiKey) => void;
}

function useKeyColumns(actions: KeyActions | null): readonly Column<ApiKey>[] {
  const { settings, keyWords, time } = useText();
  return [
    {
      key: 'name',
      header: settings.name,
      width: 'minmax(110px, 1.4fr)',
      cell: (key) => key.name,
      card: 'title',
    },
    {
      key: 'key',
      header: settings.key,
      width: 'minmax(90px, 130px)',
      cell: (key) => <span className="mono">{key.prefix}…</span>,
      card: 'line',
    },
    {
      key: 'scopes',
      header: settings.scopes,
      width: 'minmax(100px, 1fr)',
      cell: (key) => (
        <span title={key.scopes.map((scope) => settings.permissions[scope]).join('\n')}>
          {settings.scopeCount(key.scopes.length)}
        </span>
      ),
      from: 620,
      card: 'hidden',
    },
    {
      key: 'used',
      header: settings.lastUsed,
      width: '100px',
      align: 'right',
      cell: (key) => <When at={key.lastUsedAt} missing={time.never} />,
      from: 700,
      card: 'hidden',
    },
    {
      key: 'expires',
      header: settings.expires,
      width: '100px',
      align: 'right',
      cell: (key) => <When at={key.expiresAt} missing={time.never} />,
      from: 860,
      card: 'hidden',
    },
    {
      key: 'state',
      header: settings.state,
      width: '100px',
      cell: (key) =>
        key.revokedAt ? (
          <StatusBadge look="ended">{settings.revoked}</StatusBadge>
        ) : key.expiresAt && Date.parse(key.expiresAt) < Date.now() ? (
          <StatusBadge look="waiting">{settings.expired}</StatusBadge>
        ) : (
          <StatusBadge look="done">{settings.active}</StatusBadge>
        ),
      card: 'aside',
    },
    ...(actions
      ? [
          {
            key: 'actions',
            header: settings.state,
            headerHidden: true,
            width: '36px',
            align: 'right' as const,
            cell: (key: ApiKey) =>
              key.revokedAt ? null : (
                <Menu position="bottom-end">
                  <Menu.Target>
                    <ActionIcon aria-label={keyWords.actions(key.name)}>
                      <IconDots size={16} aria-hidden />
                    </ActionIcon>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item onClick={() => actions.onRename(key)}>{keyWords.rename}</Menu.Item>
                    <Menu.Item color="red" onClick={() => actions.onRevoke(key)}>
                      {settings.revoke}
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
