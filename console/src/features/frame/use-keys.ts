import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { undoLast } from '../../components/undo.tsx';
import { pages } from './pages.ts';

/** How long `g` waits for its second key. */
const SEQUENCE_MS = 1_200;

interface Doors {
  openHelp: () => void;
  openSearch: () => void;
}

/**
 * The keys that work everywhere. They find their targets in the page by `data-search`, `data-row-link`, `data-check`,
 * `data-copy`, `data-clear-selection` and `data-close-detail`, so a new page has them by using the shared components.
 */
export function useKeys(doors: Doors): void {
  const router = useRouter();
  const latest = useRef(doors);
  latest.current = doors;
  useEffect(() => {
    let goUntil = 0;
    function onKey(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.altKey || event.isComposing) return;
      if (event.ctrlKey || event.metaKey) {
        if (onCommand(event, latest.current)) event.preventDefault();
        return;
      }
      if (isTyping(event.target) || isDialogOpen()) return;

      const going = event.timeStamp < goUntil;
      goUntil = 0;
      const page = pages.find(({ key }) => key === event.key);
      if (going && page !== undefined) {
        event.preventDefault();
        void router.navigate({ to: page.to });
        return;
      }
      const action = actions[event.key];
      if (event.key === 'g') goUntil = event.timeStamp + SEQUENCE_MS;
      else if (event.key === '?') latest.current.openHelp();
      else if (action === undefined || action() === false) return;
      event.preventDefault();
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [router]);
}

/** Keys with Ctrl or ⌘. Ctrl-Z in a field belongs to what is typed there. */
function onCommand(event: KeyboardEvent, { openSearch }: Doors): boolean {
  if (event.shiftKey) return false;
  const key = event.key.toLowerCase();
  if (key === 'k' && !isDialogOpen()) {
    openSearch();
    return true;
  }
  return key === 'z' && !isTyping(event.target) && undoLast();
}

function isTyping(target: EventTarget | null): boolean {
  // A row's check box is no place to type in: the keys of the list go on working there.
  const fields =
    'input:not([data-check]), textarea, select, [contenteditable], [role="dialog"], [role="menu"]';
  return target instanceof Element && target.closest(fields) !== null;
}

function isDialogOpen(): boolean {
  return document.querySelector('[role="dialog"]') !== null;
}

/** False: there was nothing for the key to do, so the browser may have it. */
const actions: Record<string, () => boolean | undefined> = {
  '/': () => focusOn('[data-search]'),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  x: () => clickInRow('[data-check]', false),
  X: () => clickInRow('[data-check]', true),
  c: () => clickInRow('[data-copy]', false),
  Escape: () => clickOn('[data-clear-selection]') || clickOn('[data-close-detail]'),
};

function moveRow(step: 1 | -1): boolean {
  const links = [...document.querySelectorAll<HTMLElement>('[data-list] [data-row-link]')].filter(
    (link) => link.closest('[inert]') === null,
  );
  const row = document.activeElement?.closest('[role="row"]');
  const at = links.findIndex((link) => row?.contains(link));
  const selected = links.findIndex((link) => link.closest('[data-selected]') !== null);
  const next = at >= 0 ? at + step : selected >= 0 ? selected + step : 0;
  const link = links[Math.max(0, Math.min(links.length - 1, next))];
  // Without the flag a focus after a click of the mouse would not be shown.
  link?.focus({ focusVisible: true } as FocusOptions);
  link?.closest('[role="row"]')?.scrollIntoView({ block: 'nearest' });
  return link !== undefined;
}

/** Presses what the row of the focus has; shift-pressing checks the whole range. */
function clickInRow(selector: string, shiftKey: boolean): boolean {
  const target = document.activeElement?.closest('[role="row"]')?.querySelector(selector);
  target?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, shiftKey }));
  return target !== null && target !== undefined;
}

function clickOn(selector: string): boolean {
  const target = visible(selector);
  target?.click();
  return target !== undefined;
}

function focusOn(selector: string): boolean {
  const target = visible(selector);
  target?.focus();
  return target !== undefined;
}

function visible(selector: string): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>(selector)].find(
    (element) => element.closest('[inert]') === null,
  );
}
