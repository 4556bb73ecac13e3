import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { AccountSession } from '@tradepost/contracts';
import { useMemo } from 'react';
import { list, useCall } from '../../api/queries.ts';
import type { Column } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { When } from '../../components/figures.tsx';
import { Section } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { StatusBadge } from '../../components/status-badge.tsx';
import { toast } from '../../components/toast.ts';
import { toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { deviceWords } from './device.ts';

/** Where one is signed in; a device one does not know is signed out from here. */
export function Sessions() {
  const { account } = useText();
  const sessions = useInfiniteQuery(list('listSessions', { query: {} }));
  const rows = sessions.data?.pages.flatMap((page) => page.items);
  const endOthers = useCall('endOtherSessions', () => toast(account.othersEnded));
  const end = useCall('endSession', () => toast(account.ended));
  const { mutate } = end;
  const columns = useMemo<readonly Column<AccountSession>[]>(
    () => [
      {
        key: 'device',
        header: account.device,
        width: 'minmax(150px, 2fr)',
        cell: (session) => (
          <span title={session.device ?? undefined}>
            {deviceWords(session.device) ?? account.unknownDevice}
          </span>
        ),
        card: 'title',
      },
      {
        key: 'address',
        header: account.address,
        width: 'minmax(100px, 1fr)',
        cell: (session) => <span className="mono">{session.address}</span>,
        card: 'line',
      },
      {
        key: 'signedIn',
        header: account.signedIn,
        width: '110px',
        align: 'right',
        cell: (session) => <When at={session.createdAt} />,
        from: 640,
        card: 'hidden',
      },
      {
        key: 'seen',
        header: account.lastSeen,
        width: '130px',
        align: 'right',
        cell: (session) => <When at={session.lastSeenAt} />,
        from: 480,
        card: 'aside',
      },
      {
        key: 'end',
        header: account.end,
        headerHidden: true,
        width: '110px',
        align: 'right',
        cell: (session) =>
          session.current ? (
            <StatusBadge look="done">{account.thisOne}</StatusBadge>
          ) : (
            <Button
              variant="subtle"
              size="compact-xs"
              onClick={() => mutate({ params: { id: session.id } }, { onError: toastError })}
            >
              {account.end}
            </Button>
          ),
        card: 'note',
      },
    ],
    [account, mutate],
  );
  const others = rows?.some((session) => !session.current);
  return (
    <Section
      title={account.sessions}
      aside={
        others && (
          <Button
            variant="default"
            loading={endOthers.isPending}
            onClick={() => endOthers.mutate({}, { onError: toastError })}
          >
            {account.endOthers}
          </Button>
        )
      }
    >
      <DataTable
        mode="card"
        label={account.sessions}
        rows={rows}
        columns={columns}
        rowId={(session) => session.id}
        {...pagingOf(sessions)}
        empty={null}
      />
    </Section>
  );
}
