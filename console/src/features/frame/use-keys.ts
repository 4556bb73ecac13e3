import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

/** After `g`, the second key. */
export const goKeys = { t: '/', o: '/orders', s: '/stock', m: '/marketplaces', k: '/tasks' } as const;

/** How long `g` waits for its second key. */
const SEQUENCE_MS = 1_200;

/**
 * The keys that work everywhere. They find their targets in the page by `data-search`, `data-row-link` and
 * `data-close-detail`, so a new page has them by using the shared components.
 */
export function useKeys({ openHelp }: { openHelp: () => void }): void {
  const router = useRouter();
  const latest = useRef(openHelp);
  latest.current = openHelp;
  useEffect(() => {
    let goUntil = 0;
    function onKey(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target as HTMLElement;
      if (target.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="menu"]'))
        return;
      if (document.querySelector('[role="dialog"]')) return;

      const going = event.timeStamp < goUntil;
      goUntil = 0;
      const page = goKeys[event.key as keyof typeof goKeys];
      if (going && page !== undefined) {
        event.preventDefault();
        void router.navigate({ to: page });
        return;
      }
      const action = actions[event.key];
      if (event.key === 'g') goUntil = event.timeStamp + SEQUENCE_MS;
      else if (event.key === '?') latest.current();
      else if (action) action();
      else return;
      event.preventDefault();
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [router]);
}

const actions: Record<string, () => void> = {
  '/': () => visible('[data-search]')?.focus(),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  Escape: () => visible('[data-close-detail]')?.click(),
};

function moveRow(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>('[data-list] [data-row-link]')].filter(
    (link) => link.closest('[inert]') === null,
  );
  const at = links.indexOf(document.activeElement as HTMLElement);
  const selected = links.findIndex((link) => link.closest('[data-selected]') !== null);
  const next = at >= 0 ? at + step : selected >= 0 ? selected + step : 0;
  const link = links[Math.max(0, Math.min(links.length - 1, next))];
  // Without the flag a focus after a click of the mouse would not be shown.
  link?.focus({ focusVisible: true } as FocusOptions);
  link?.closest('[role="row"]')?.scrollIntoView({ block: 'nearest' });
}

function visible(selector: string): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>(selector)].find(
    (element) => element.closest('[inert]') === null,
  );
}
