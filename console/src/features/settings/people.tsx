import { useInfiniteQuery } from '@tanstack/react-query';
import type { ItemOf } from '../../api/endpoints.ts';
import { list } from '../../api/queries.ts';
import type { Column } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { When } from '../../components/figures.tsx';
import { EmptyState } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';

export function People() {
  const { settings, frame } = useText();
  const people = useInfiniteQuery(list('listMembers', { query: {} }));
  const columns: readonly Column<ItemOf<'listMembers'>>[] = [
    {
      key: 'name',
      header: settings.name,
      width: 'minmax(120px, 1fr)',
      cell: (member) => member.name,
      card: 'title',
    },
    {
      key: 'email',
      header: settings.email,
      width: 'minmax(140px, 2fr)',
      cell: (member) => member.email,
      card: 'line',
    },
    {
      key: 'role',
      header: settings.role,
      width: '110px',
      cell: (member) => frame.roles[member.role],
      card: 'aside',
    },
    {
      key: 'since',
      header: settings.since,
      width: '104px',
      align: 'right',
      cell: (member) => <When at={member.since} />,
      card: 'note',
    },
  ];
  return (
    <DataTable
      mode="card"
      label={settings.people}
      rows={people.data?.pages.flatMap((page) => page.items)}
      columns={columns}
      rowId={(member) => member.id}
      error={people.error}
      onRetry={() => void people.refetch()}
      more={{
        has: people.hasNextPage,
        loading: people.isFetchingNextPage,
        load: () => void people.fetchNextPage(),
      }}
      empty={<EmptyState title={settings.noPeople.title} help={settings.noPeople.help} />}
    />
  );
}
