import { type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { IconAdjustmentsHorizontal, IconKeyboard, IconLogout, IconUserCircle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useCall } from '../../api/queries.ts';
import { type Locale, locales, useLocale } from '../../i18n/locale.tsx';
import { useSession } from '../session/session.ts';
import classes from './frame.module.css';

const schemes: readonly MantineColorScheme[] = ['light', 'dark', 'auto'];

/** Who one is, how the screen looks and speaks, and the way out. */
export function PersonMenu({ narrow, onHelp }: { narrow: boolean; onHelp: () => void }) {
  const { text, locale, setLocale } = useLocale();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { user, tenant } = useSession();
  // A whole new page: nothing that was on the screen can be brought back from it.
  const signOut = useCall('signOut', () => location.assign('/sign-in'));
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <button type="button" className={classes.person}>
          <span aria-hidden>{initials(user.name)}</span>
          <span className="visually-hidden">{`${text.frame.person}: ${user.name}`}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.personFacts}>
          <div className={classes.personName}>{user.name}</div>
          <div className="dim">
            {user.email} · {text.frame.roles[tenant.role]}
          </div>
        </div>
        <Menu.Divider />
        <Menu.Label>{text.frame.scheme}</Menu.Label>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}
        >
          {schemes.map((scheme) => (
            <Menu.RadioItem key={scheme} value={scheme}>
              {text.frame.schemes[scheme]}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{text.frame.language}</Menu.Label>
        <Menu.RadioGroup value={locale} onChange={(next) => setLocale(next as Locale)}>
          {(Object.keys(locales) as Locale[]).map((each) => (
            <Menu.RadioItem key={each} value={each} lang={each}>
              {locales[each].name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item component={Link} to="/account" leftSection={<IconUserCircle size={16} aria-hidden />}>
          {text.account.title}
        </Menu.Item>
        <Menu.Item
          component={Link}
          to="/preferences"
          leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}
        >
          {text.preferences.title}
        </Menu.Item>
        {!narrow && (
          <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={onHelp}>
            {text.frame.keys}
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => signOut.mutate({})}>
          {text.frame.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  const letters = parts.length > 1 ? [parts[0], parts[parts.length - 1]] : [parts[0]];
  return letters.map((part) => part?.charAt(0).toUpperCase() ?? '').join('');
}
