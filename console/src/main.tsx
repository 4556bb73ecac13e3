import './theme/mantine-css.ts';
import './theme/global.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { setSessionHooks } from './api/call.ts';
import { createQueryClient } from './api/queries.ts';
import { reloadIfServed } from './api/reload.ts';
import { Toasts } from './components/toasts.tsx';
import { readSession } from './features/session/session.ts';
import { LocaleProvider, loadLocale } from './i18n/locale.tsx';
import { createAppRouter } from './router.tsx';
import { cssVariablesResolver, theme } from './theme/theme.ts';

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
// The scroll lock below dialogs makes a style element of its own and asks for the nonce under this name.
Object.assign(globalThis, { __webpack_nonce__: nonce });

const client = createQueryClient();
const router = createAppRouter(client);

setSessionHooks({
  csrfToken: () => readSession(client)?.csrfToken,
  onSignedOut: () => {
    const from = router.state.location.href;
    if (from.startsWith('/sign-in')) return;
    // Cleared once the pages that show it are gone.
    void router.navigate({ to: '/sign-in', search: from === '/' ? {} : { from } }).then(() => client.clear());
  },
});

// After an update of the server the old parts of the console are gone: the page as a whole must be the new one.
window.addEventListener('vite:preloadError', () => void reloadIfServed());

const spoken = await loadLocale();
const container = document.getElementById('root');
if (container === null) throw new Error('index.html lacks #root');
createRoot(container).render(
  <MantineProvider
    theme={theme}
    cssVariablesResolver={cssVariablesResolver}
    defaultColorScheme="auto"
    colorSchemeManager={localStorageColorSchemeManager({ key: 'tradepost-scheme' })}
    getStyleNonce={() => nonce}
  >
    <LocaleProvider initial={spoken}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
      <Toasts />
    </LocaleProvider>
  </MantineProvider>,
);
