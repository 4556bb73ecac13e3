/** The ways between the pages: at the left on wide screens, under the thumb on a phone. */
import { Menu, Tooltip } from '@mantine/core';
import { IconDots, IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from '@tabler/icons-react';
import { Link, useLocation } from '@tanstack/react-router';
import { Brand } from '../../components/brand.tsx';
import { useText } from '../../i18n/locale.tsx';
import classes from './frame.module.css';
import { covers, usePages } from './pages.ts';

/** These four have a place of their own on a phone; the others are one tap further. */
const onPhone: readonly string[] = ['/', '/orders', '/stock', '/tasks'];

export function SideNav({ folded, onFold }: { folded: boolean; onFold: () => void }) {
  const text = useText();
  const pages = usePages();
  const { pathname } = useLocation();
  const FoldIcon = folded ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse;
  const foldWord = folded ? text.nav.expand : text.nav.collapse;
  return (
    <nav className={classes.nav} aria-label={text.nav.label}>
      <div className={classes.brand}>
        <Brand compact={folded} />
      </div>
      <div className={classes.items}>
        {pages.map((page) => {
          const { to, word, Icon } = page;
          return (
            <Tooltip key={to} label={text.nav[word]} position="right" disabled={!folded}>
              <Link
                to={to}
                className={to === '/settings' ? `${classes.item} ${classes.gap}` : classes.item}
                activeOptions={{ exact: to === '/', includeSearch: false }}
                data-status={covers(page, pathname) ? 'active' : undefined}
              >
                <Icon size={18} stroke={1.75} aria-hidden />
                <span className={folded ? 'visually-hidden' : undefined}>{text.nav[word]}</span>
              </Link>
            </Tooltip>
          );
        })}
      </div>
      <Tooltip label={foldWord} position="right" disabled={!folded}>
        <button type="button" className={classes.fold} onClick={onFold} aria-expanded={!folded}>
          <FoldIcon size={18} stroke={1.75} aria-hidden />
          <span className={folded ? 'visually-hidden' : undefined}>{foldWord}</span>
        </button>
      </Tooltip>
    </nav>
  );
}

export function BottomBar() {
  const text = useText();
  const pages = usePages();
  const { pathname } = useLocation();
  return (
    <nav className={classes.bottom} aria-label={text.nav.label}>
      {pages
        .filter(({ to }) => onPhone.includes(to))
        .map((page) => {
          const { to, word, Icon } = page;
          return (
            <Link
              key={to}
              to={to}
              className={classes.tab}
              activeOptions={{ exact: to === '/', includeSearch: false }}
              data-status={covers(page, pathname) ? 'active' : undefined}
            >
              <Icon size={20} stroke={1.75} aria-hidden />
              {text.nav[word]}
            </Link>
          );
        })}
      <Menu position="top-end">
        <Menu.Target>
          <button type="button" className={classes.tab}>
            <IconDots size={20} stroke={1.75} aria-hidden />
            {text.nav.more}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {pages
            .filter(({ to }) => !onPhone.includes(to))
            .map(({ to, word, Icon }) => (
              <Menu.Item
                key={to}
                component={Link}
                to={to}
                leftSection={<Icon size={18} stroke={1.75} aria-hidden />}
                py={10}
              >
                {text.nav[word]}
              </Menu.Item>
            ))}
        </Menu.Dropdown>
      </Menu>
    </nav>
  );
}
