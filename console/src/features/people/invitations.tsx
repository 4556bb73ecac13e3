import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Invitation } from '@tradepost/contracts';
import { useMemo } from 'react';
import { list, useCall } from '../../api/queries.ts';
import type { Column } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { When } from '../../components/figures.tsx';
import { Section } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { StatusBadge } from '../../components/status-badge.tsx';
import { toast } from '../../components/toast.ts';
import { toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import { LinkOnce } from './link-once.tsx';

/** Those who were invited and have not come yet; nothing at all where there are none. */
export function Invitations() {
  const { settings, people, frame } = useText();
  const mayWrite = useCan('members.write');
  const invitations = useInfiniteQuery(list('listInvitations', { query: {} }));
  const renew = useCall('reissueInvitation');
  const revoke = useCall('revokeInvitation');
  const rows = invitations.data?.pages.flatMap((page) => page.items);
  const { mutate: mutateRenew } = renew;
  const { mutate: mutateRevoke } = revoke;
  const columns = useMemo(() => {
    const all: Column<Invitation>[] = [
      {
        key: 'email',
        header: settings.email,
        width: 'minmax(140px, 2fr)',
        cell: (invitation) => invitation.email,
        card: 'title',
      },
      {
        key: 'role',
        header: settings.role,
        width: 'minmax(100px, 120px)',
        cell: (invitation) => frame.roles[invitation.role],
        card: 'aside',
      },
      {
        key: 'by',
        header: people.invitedBy,
        width: 'minmax(100px, 1fr)',
        cell: (invitation) => invitation.invitedBy,
        from: 620,
        card: 'hidden',
      },
      {
        key: 'expires',
        header: people.expires,
        width: '110px',
        align: 'right',
        cell: (invitation) =>
          Date.parse(invitation.expiresAt) < Date.now() ? (
            <StatusBadge look="alert">{people.expired}</StatusBadge>
          ) : (
            <When at={invitation.expiresAt} />
          ),
        card: 'line',
      },
    ];
    if (mayWrite) {
      all.push({
        key: 'actions',
        header: people.renew,
        headerHidden: true,
        width: '36px',
        align: 'right',
        cell: (invitation) => (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon aria-label={people.actionsOf(invitation.email)}>
                <IconDots size={16} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                onClick={() => mutateRenew({ params: { id: invitation.id } }, { onError: toastError })}
              >
                {people.renew}
              </Menu.Item>
              <Menu.Item
                color="red"
                onClick={() =>
                  mutateRevoke(
                    { params: { id: invitation.id } },
                    { onSuccess: () => toast(people.revoked(invitation.email)), onError: toastError },
                  )
                }
              >
                {people.revoke}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        ),
        card: 'note',
      });
    }
    return all;
  }, [settings, people, frame, mayWrite, mutateRenew, mutateRevoke]);
  if (rows?.length === 0 && !renew.data) return null;
  return (
    <Section title={people.invitations}>
      <DataTable
        mode="card"
        label={people.invitations}
        rows={rows}
        columns={columns}
        rowId={(invitation) => invitation.id}
        {...pagingOf(invitations)}
        empty={null}
      />
      {renew.data && (
        <Dialog title={people.inviteReady} onClose={renew.reset} sticky>
          <LinkOnce
            lead={people.inviteSend(renew.data.email)}
            url={renew.data.url}
            expiresAt={renew.data.expiresAt}
            onDone={renew.reset}
          />
        </Dialog>
      )}
    </Section>
  );
}
