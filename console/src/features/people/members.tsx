import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconCheck, IconChevronDown, IconDots } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Member, Role } from '@tradepost/contracts';
import { useMemo, useState } from 'react';
import { list, useCall } from '../../api/queries.ts';
import { ConfirmByName } from '../../components/confirm-by-name.tsx';
import type { Column } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { When } from '../../components/figures.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { offerUndo, toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan, useSession } from '../session/session.ts';
import classes from './people.module.css';
import { ResetLinkDialog } from './reset-link-dialog.tsx';
import { grantableRoles } from './roles.ts';

/** Everyone in the shop. A role is changed in its place and can be taken back; removing asks for the name. */
export function Members() {
  const { settings, people, frame } = useText();
  const session = useSession();
  const mayWrite = useCan('members.write');
  const [removing, setRemoving] = useState<Member | null>(null);
  const [resetting, setResetting] = useState<Member | null>(null);
  const members = useInfiniteQuery(list('listMembers', { query: { limit: 200 } }));
  const rows = members.data?.pages.flatMap((page) => page.items);
  const update = useCall('updateMember');
  const remove = useCall('removeMember', () => {
    if (removing) toast(people.removed(removing.name));
    setRemoving(null);
  });
  const owners = rows?.filter((member) => member.role === 'owner').length ?? 0;

  const { mutate, mutateAsync } = update;
  const columns = useMemo(() => {
    const setRole = (member: Member, role: Role) => {
      const params = { id: member.id };
      mutate(
        { params, body: { role } },
        {
          onSuccess: () =>
            offerUndo(people.roleChanged(member.name, frame.roles[role]), () =>
              mutateAsync({ params, body: { role: member.role } }),
            ),
          onError: toastError,
        },
      );
    };
    const all: Column<Member>[] = [
      {
        key: 'name',
        header: settings.name,
        width: 'minmax(120px, 1.4fr)',
        cell: (member) => (
          <>
            {member.name}
            {member.id === session.user.id && <span className="dim"> · {people.you}</span>}
          </>
        ),
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
        width: 'minmax(100px, 120px)',
        cell: (member) => (
          <RoleMenu
            member={member}
            locked={!mayWrite || !grantableRoles(session.tenant.role).includes(member.role)}
            lastOwner={member.role === 'owner' && owners < 2}
            offered={grantableRoles(session.tenant.role)}
            onRole={(role) => setRole(member, role)}
          />
        ),
        card: 'aside',
      },
      {
        key: 'since',
        header: settings.since,
        width: '104px',
        align: 'right',
        cell: (member) => <When at={member.since} />,
        from: 560,
        card: 'hidden',
      },
    ];
    if (mayWrite) {
      all.push({
        key: 'actions',
        header: people.remove,
        headerHidden: true,
        width: '36px',
        align: 'right',
        cell: (member) => (
          <MemberMenu
            member={member}
            lastOwner={member.role === 'owner' && owners < 2}
            onRemove={() => setRemoving(member)}
            onReset={() => setResetting(member)}
          />
        ),
        card: 'note',
      });
    }
    return all;
  }, [settings, people, frame, session, mayWrite, owners, mutate, mutateAsync]);

  return (
    <>
      <DataTable
        mode="card"
        label={people.title}
        rows={rows}
        columns={columns}
        rowId={(member) => member.id}
        {...pagingOf(members)}
        empty={<EmptyState title={settings.noPeople.title} help={settings.noPeople.help} />}
      />
      {removing && (
        <ConfirmByName
          title={people.removeTitle(removing.name)}
          what={people.removeWhat(removing.name)}
          label={settings.typeName(removing.name)}
          name={removing.name}
          confirm={people.remove}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ params: { id: removing.id } })}
          onClose={() => {
            remove.reset();
            setRemoving(null);
          }}
        />
      )}
      {resetting && <ResetLinkDialog member={resetting} onClose={() => setResetting(null)} />}
    </>
  );
}

interface RoleProps {
  member: Member;
  /** This role is not this person's to change. */
  locked: boolean;
  lastOwner: boolean;
  offered: readonly Role[];
  onRole: (role: Role) => void;
}

function RoleMenu({ member, locked, lastOwner, offered, onRole }: RoleProps) {
  const { people, frame } = useText();
  if (locked) return frame.roles[member.role];
  return (
    <Menu position="bottom-start" width={300}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          className={classes.role}
          rightSection={<IconChevronDown size={12} aria-hidden />}
          aria-label={`${people.roleOf(member.name)}: ${frame.roles[member.role]}`}
        >
          {frame.roles[member.role]}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {lastOwner && <p className={classes.explained}>{people.lastOwner}</p>}
        {offered.map((role) => (
          <Menu.Item
            key={role}
            disabled={lastOwner && role !== 'owner'}
            rightSection={role === member.role ? <IconCheck size={14} aria-hidden /> : null}
            onClick={() => role !== member.role && onRole(role)}
          >
            <span className={classes.roleName}>{frame.roles[role]}</span>
            <span className={classes.roleHelp}>{people.roleHelp[role]}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

interface MenuProps {
  member: Member;
  lastOwner: boolean;
  onRemove: () => void;
  onReset: () => void;
}

function MemberMenu({ member, lastOwner, onRemove, onReset }: MenuProps) {
  const { people } = useText();
  const { user } = useSession();
  const mayReset = useCan('tenant.manage') && member.id !== user.id;
  return (
    <Menu position="bottom-end" width={280}>
      <Menu.Target>
        <ActionIcon aria-label={people.actionsOf(member.name)}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {mayReset && <Menu.Item onClick={onReset}>{people.resetPassword}</Menu.Item>}
        {lastOwner && <p className={classes.explained}>{people.lastOwner}</p>}
        <Menu.Item color="red" disabled={lastOwner} onClick={onRemove}>
          {people.remove}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
