import { Menu } from '@mantine/core';
import { IconCheck, IconChevronDown, IconSearch } from '@tabler/icons-react';
import { useCall } from '../../api/queries.ts';
import { useText } from '../../i18n/locale.tsx';
import { Bell } from '../notices/bell.tsx';
import { useSession } from '../session/session.ts';
import classes from './frame.module.css';
import { commandKey } from './keys.ts';
import { LiveDot } from './live-dot.tsx';
import { PersonMenu } from './person-menu.tsx';

interface Props {
  narrow: boolean;
  onHelp: () => void;
  onSearch: () => void;
}

export function TopBar({ narrow, onHelp, onSearch }: Props) {
  const { palette } = useText();
  return (
    <header className={classes.top}>
      <TenantSwitch />
      <button type="button" className={classes.search} onClick={onSearch} aria-haspopup="dialog">
        <IconSearch size={narrow ? 18 : 14} aria-hidden />
        <span className={narrow ? 'visually-hidden' : undefined}>{palette.open}</span>
        {!narrow && (
          <span className={classes.searchKeys} aria-hidden>
            {commandKey} K
          </span>
        )}
      </button>
      <div className={classes.tools}>
        <LiveDot />
        <Bell />
        <PersonMenu narrow={narrow} onHelp={onHelp} />
      </div>
    </header>
  );
}

/** The shop one works in; a menu only for those who belong to several. */
function TenantSwitch() {
  const text = useText();
  const { tenant, memberships } = useSession();
  // A whole new page: nothing of the other shop can stay behind in it.
  const change = useCall('switchTenant', () => location.assign('/'));
  if (memberships.length < 2) {
    return (
      <span className={classes.tenant}>
        <span className="visually-hidden">{text.frame.tenant}: </span>
        <span className={classes.tenantName}>{tenant.name}</span>
      </span>
    );
  }
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <button type="button" className={classes.tenant}>
          <span className="visually-hidden">{text.frame.switchTenant}: </span>
          <span className={classes.tenantName}>{tenant.name}</span>
          <IconChevronDown size={14} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{text.frame.switchTenant}</Menu.Label>
        {memberships.map((each) => (
          <Menu.Item
            key={each.tenantId}
            rightSection={each.tenantId === tenant.tenantId ? <IconCheck size={14} aria-hidden /> : null}
            onClick={() =>
              each.tenantId !== tenant.tenantId && change.mutate({ body: { tenantId: each.tenantId } })
            }
          >
            {each.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
