/** What stands around every page: navigation, top bar, banners, keys. */
import { useLocalStorage, useMediaQuery } from '@mantine/hooks';
import { Outlet } from '@tanstack/react-router';
import { useState } from 'react';
import { useText } from '../../i18n/locale.tsx';
import { LiveProvider } from '../../live/live-provider.tsx';
import { useSession } from '../session/session.ts';
import { AwayBanner, DemoBanner } from './banners.tsx';
import classes from './frame.module.css';
import { KeyHelp } from './key-help.tsx';
import { BottomBar, SideNav } from './navigation.tsx';
import { TopBar } from './top-bar.tsx';
import { useKeys } from './use-keys.ts';

export function Frame() {
  const text = useText();
  const session = useSession();
  const narrow = useMediaQuery('(max-width: 767px)', undefined, { getInitialValueInEffect: false });
  const [folded, setFolded] = useLocalStorage({
    key: 'tradepost-nav-folded',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const [helpOpen, setHelpOpen] = useState(false);
  useKeys({ openHelp: () => setHelpOpen(true) });

  return (
    <LiveProvider>
      <a href="#content" className={classes.skip}>
        {text.nav.skip}
      </a>
      <div className={classes.frame} data-folded={folded || undefined}>
        {!narrow && <SideNav folded={folded} onFold={() => setFolded(!folded)} />}
        <div className={classes.column}>
          <TopBar narrow={narrow} onHelp={() => setHelpOpen(true)} />
          <AwayBanner />
          {session.tenant.demo && <DemoBanner narrow={narrow} />}
          <main id="content" className={classes.main} tabIndex={-1}>
            <Outlet />
          </main>
          {narrow && <BottomBar />}
        </div>
      </div>
      {helpOpen && <KeyHelp onClose={() => setHelpOpen(false)} />}
    </LiveProvider>
  );
}
