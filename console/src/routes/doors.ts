/** Pages for those who are not signed in. */
import { createRoute } from '@tanstack/react-router';
import { root } from './frame.ts';
import { text, texts } from './search.ts';

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { from?: string } => {
    const from = text(search.from);
    // Only an address of our own: a link must not be able to send someone elsewhere after signing in.
    return from !== undefined && /^\/(?![/\\])/.test(from) ? { from } : {};
  },
}).lazy(() => import('../features/session/sign-in-page.tsx').then((page) => page.Route));

/** Links that someone gave: to make the first shop, to join one, to choose a new password. */
const tokenSearch = (search: Record<string, unknown>): { token?: string } => texts(search, 'token');

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: tokenSearch,
}).lazy(() => import('../features/session/setup-page.tsx').then((page) => page.Route));
const join = createRoute({
  getParentRoute: () => root,
  path: '/join',
  validateSearch: tokenSearch,
}).lazy(() => import('../features/session/join-page.tsx').then((page) => page.Route));
const reset = createRoute({
  getParentRoute: () => root,
  path: '/reset',
  validateSearch: tokenSearch,
}).lazy(() => import('../features/session/reset-page.tsx').then((page) => page.Route));

export const doorRoutes = [signIn, setup, join, reset] as const;
