/** Settings of the shop, and what is a person’s own. */
import { createRoute } from '@tanstack/react-router';
import { frame } from './frame.ts';
import { daysIn, texts } from './search.ts';

const settings = createRoute({ getParentRoute: () => frame, path: '/settings' }).lazy(() =>
  import('../features/settings/settings-page.tsx').then((page) => page.Route),
);
const people = createRoute({ getParentRoute: () => frame, path: '/settings/people' }).lazy(() =>
  import('../features/people/people-page.tsx').then((page) => page.Route),
);
const locations = createRoute({ getParentRoute: () => frame, path: '/settings/locations' }).lazy(() =>
  import('../features/locations/locations-page.tsx').then((page) => page.Route),
);
const keys = createRoute({ getParentRoute: () => frame, path: '/settings/keys' }).lazy(() =>
  import('../features/settings/keys-page.tsx').then((page) => page.Route),
);

export interface AuditFilters {
  q?: string;
  actor?: string;
  entity?: string;
  entityId?: string;
  action?: 'insert' | 'update' | 'delete';
  /** How far back, in days. */
  days?: number;
}

const audit = createRoute({
  getParentRoute: () => frame,
  path: '/settings/audit',
  validateSearch: (search): AuditFilters => {
    const { action } = search;
    return {
      ...texts(search, 'q', 'actor', 'entity', 'entityId'),
      ...(action === 'insert' || action === 'update' || action === 'delete' ? { action } : {}),
      ...daysIn(search),
    };
  },
}).lazy(() => import('../features/audit/audit-page.tsx').then((page) => page.Route));
const ownAccount = createRoute({ getParentRoute: () => frame, path: '/account' }).lazy(() =>
  import('../features/account/account-page.tsx').then((page) => page.Route),
);

const preferences = createRoute({ getParentRoute: () => frame, path: '/preferences' }).lazy(() =>
  import('../features/preferences/preferences-page.tsx').then((page) => page.Route),
);

export const settingsRoutes = [settings, people, locations, keys, audit, ownAccount, preferences] as const;
