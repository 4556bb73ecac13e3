/** What all addresses hang from: the root, and the frame that asks who is there. */
import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, Outlet, redirect } from '@tanstack/react-router';
import { CallFailed } from '../api/call.ts';
import { Frame } from '../features/frame/frame.tsx';
import { sessionQuery } from '../features/session/session.ts';

interface RouterContext {
  client: QueryClient;
}

export const root = createRootRouteWithContext<RouterContext>()({ component: Outlet });

export const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  component: Frame,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!(error instanceof CallFailed) || error.status !== 401) throw error;
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { from: location.href } });
    }
  },
});
