/** What stands around every page: navigation, top bar, banners, keys. */
import { useLocalStorage, useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useText } from '../../i18n/locale.tsx';
import { LiveProvider } from '../../live/live-provider.tsx';
import { keep, readKept } from '../../preferences/kept.ts';
import { tenantZoneKept } from '../../preferences/preferences.ts';
import { useSession } from '../session/session.ts';
import { shopQuery } from '../settings/use-shop.ts';
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
  const [search, setSearch] = useState<'never' | 'open' | 'closed'>('never');
  const openHelp = () => setHelpOpen(true);
  const openSearch = () => setSearch('open');
  useKeys({ openHelp, openSearch });
  usePagesAhead();
  useShopZone();

  return (
    <LiveProvider>
      <a href="#content" className={classes.skip}>
        {text.nav.skip}
      </a>
      <div className={classes.frame} data-folded={folded || undefined}>
        {!narrow && <SideNav folded={folded} onFold={() => setFolded(!folded)} />}
        <div className={classes.column}>
          <TopBar narrow={narrow} onHelp={openHelp} onSearch={openSearch} />
          <AwayBanner />
          {session.tenant.demo && <DemoBanner narrow={narrow} />}
          <main id="content" className={classes.main} tabIndex={-1}>
            <Outlet />
          </main>
          {narrow && <BottomBar />}
        </div>
      </div>
      {search !== 'never' && (
        <Suspense>
          <PaletteHost opened={search === 'open'} onClose={() => setSearch('closed')} onHelp={openHelp} />
        </Suspense>
      )}
      {helpOpen && <KeyHelp onClose={() => setHelpOpen(false)} />}
    </LiveProvider>
  );
}

const loadPalette = () => import('../palette/palette-host.tsx');
const PaletteHost = lazy(loadPalette);

/** Keeps what the server says of the shop's time zone, for those who want their times in it. */
function useShopZone(): void {
  const { data } = useQuery(shopQuery);
  useEffect(() => {
    if (data !== undefined && readKept(tenantZoneKept) !== data.timeZone) keep(tenantZoneKept, data.timeZone);
  }, [data]);
}

/** How long the first page has the line for itself. */
const PAGES_AHEAD_MS = 2_000;

/** Fetches the other pages while nobody waits: going there is instant then, also when the server has gone away. */
function usePagesAhead(): void {
  const router = useRouter();
  useEffect(() => {
    const timer = setTimeout(() => {
      loadPalette().catch(() => {});
      for (const route of Object.values(router.routesById)) {
        // A part that cannot be had now is asked for again when its page is visited.
        router.loadRouteChunk(route)?.catch(() => {});
      }
    }, PAGES_AHEAD_MS);
    return () => clearTimeout(timer);
  }, [router]);
}
