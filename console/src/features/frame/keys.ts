/** All keys in one table: what they do follows from it, and so does the help that lists them. */
import type { Catalogue } from '../../i18n/en.ts';
import { pages } from './pages.ts';

export interface KeyRow {
  words: string;
  /** Pressed one after the other, or together where the first one is held. */
  keys: readonly string[];
  held?: boolean;
}

/** What the key for commands is called here. */
export const isApple = /mac|iphone|ipad/i.test(navigator.platform);
export const commandKey = isApple ? '⌘' : 'Ctrl';

/** Groups of the help, in its order. */
export function keyGroups({ keys, nav }: Catalogue): { title: string; rows: KeyRow[] }[] {
  return [
    {
      title: keys.groups.go,
      rows: pages.map(({ word, key }) => ({ words: nav[word], keys: ['g', key] })),
    },
    {
      title: keys.groups.list,
      rows: [
        { words: keys.next, keys: ['j'] },
        { words: keys.previous, keys: ['k'] },
        { words: keys.open, keys: ['Enter'] },
        { words: keys.select, keys: ['x'] },
        { words: keys.copy, keys: ['c'] },
        { words: keys.closeDetail, keys: ['Esc'] },
      ],
    },
    {
      title: keys.groups.anywhere,
      rows: [
        { words: keys.search, keys: [commandKey, 'K'], held: true },
        { words: keys.filter, keys: ['/'] },
        { words: keys.undo, keys: [commandKey, 'Z'], held: true },
        { words: keys.help, keys: ['?'] },
      ],
    },
  ];
}
