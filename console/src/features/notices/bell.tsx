/** The bell of the top bar: what needs this person, with the number of what was not read yet. */
import { Button, Popover } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import type { Notification } from '@tradepost/contracts';
import { useState } from 'react';
import { list, query, useCall } from '../../api/queries.ts';
import { When } from '../../components/figures.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './notices.module.css';

export function Bell() {
  const { notices } = useText();
  const formats = useFormats();
  const [opened, setOpened] = useState(false);
  const { data } = useQuery(query('listNotifications', { query: { limit: 1 } }));
  const unread = data?.unread ?? 0;
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={340} shadow="md" trapFocus>
      <Popover.Target>
        <button
          type="button"
          className={classes.bell}
          aria-label={unread > 0 ? notices.open(formats.number(unread)) : notices.title}
          aria-expanded={opened}
          onClick={() => setOpened(!opened)}
        >
          <IconBell size={18} stroke={1.75} aria-hidden />
          {unread > 0 && (
            <span className={classes.unread}>{unread > 99 ? '99+' : formats.number(unread)}</span>
          )}
        </button>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown} aria-label={notices.title}>
        <Notices unread={unread} onClose={() => setOpened(false)} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Notices({ unread, onClose }: { unread: number; onClose: () => void }) {
  const { notices, actions } = useText();
  const found = useInfiniteQuery(list('listNotifications', { query: { limit: 20 } }));
  const read = useCall('readNotifications');
  const rows = found.data?.pages.flatMap((page) => page.items);
  return (
    <>
      <header className={classes.header}>
        <h2 className={classes.title}>{notices.title}</h2>
        {unread > 0 && (
          <Button
            variant="subtle"
            size="compact-xs"
            loading={read.isPending}
            onClick={() => read.mutate({ body: { all: true } })}
          >
            {notices.readAll}
          </Button>
        )}
      </header>
      {rows === undefined ? (
        found.error ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <Lines count={3} />
        )
      ) : rows.length === 0 ? (
        <p className={classes.none}>{notices.none}</p>
      ) : (
        <ul className={classes.list}>
          {rows.map((notice) => (
            <li key={notice.id}>
              <NoticeRow
                notice={notice}
                onOpen={() => {
                  if (notice.readAt === null) read.mutate({ body: { ids: [notice.id] } });
                  onClose();
                }}
              />
            </li>
          ))}
          {found.hasNextPage && (
            <li className={classes.more}>
              <Button
                variant="subtle"
                loading={found.isFetchingNextPage}
                onClick={() => void found.fetchNextPage()}
              >
                {actions.more}
              </Button>
            </li>
          )}
        </ul>
      )}
    </>
  );
}

function NoticeRow({ notice, onOpen }: { notice: Notification; onOpen: () => void }) {
  const { notices } = useText();
  const formats = useFormats();
  const router = useRouter();
  const { low, out, items } = notice.data;
  const title = [...(out > 0 ? [notices.out(out)] : []), ...(low > 0 ? [notices.low(low)] : [])].join(', ');
  const others = low + out - items.length;
  return (
    <a
      href={notice.link ?? '/alerts'}
      className={classes.notice}
      data-unread={notice.readAt === null || undefined}
      onClick={(event) => {
        onOpen();
        // A new tab is the browser's own affair.
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        void router.navigate({ href: notice.link ?? '/alerts' });
      }}
    >
      <span className={classes.noticeTitle}>
        {notice.readAt === null && <span className="visually-hidden">{notices.unread}: </span>}
        {title}
      </span>
      <span className={classes.when}>
        <When at={notice.createdAt} />
      </span>
      {items.map((item) => (
        <span key={`${item.sku} ${item.location}`} className={classes.item}>
          {item.kind === 'out'
            ? notices.itemOut(item.name)
            : notices.itemLow(item.name, formats.number(item.available))}
        </span>
      ))}
      {others > 0 && <span className={classes.item}>{notices.more(others)}</span>}
    </a>
  );
}
