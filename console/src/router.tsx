/** Every address of the console. Pages are loaded when visited; the frame and the session check are not. */
import type { QueryClient } from '@tanstack/react-query';
import { createRoute, createRouter } from '@tanstack/react-router';
import { BrokenPage, MissingPage } from './features/frame/page-failures.tsx';
import { catalogueRoutes } from './routes/catalogue.ts';
import { doorRoutes } from './routes/doors.ts';
import { frame, root } from './routes/frame.ts';
import { purchasingRoutes } from './routes/purchasing.ts';
import { settingsRoutes } from './routes/settings.ts';
import { stockRoutes } from './routes/stock.ts';
import { workRoutes } from './routes/work.ts';

/** Any other address: said within the frame, so that the way on is in sight. */
const missing = createRoute({ getParentRoute: () => frame, path: '$', component: MissingPage });

const routeTree = root.addChildren([
  ...doorRoutes,
  frame.addChildren([
    ...workRoutes,
    ...stockRoutes,
    ...purchasingRoutes,
    ...catalogueRoutes,
    ...settingsRoutes,
    missing,
  ]),
]);

export function createAppRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    defaultPreload: 'intent',
    defaultErrorComponent: BrokenPage,
    defaultNotFoundComponent: MissingPage,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
