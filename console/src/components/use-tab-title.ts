import { useEffect, useState } from 'react';
import { useText } from '../i18n/locale.tsx';

/** Titles of what is on the screen, the innermost last: a detail's stands before its list's. */
const titles: { text: string }[] = [];

function show(): void {
  document.title = titles.at(-1)?.text ?? '';
}

/** Names the browser's tab after this part of the screen while it is shown. */
export function useTabTitle(title: string): void {
  const { product } = useText();
  const text = `${title} · ${product}`;
  const [entry] = useState({ text });
  useEffect(() => {
    titles.push(entry);
    show();
    return () => {
      titles.splice(titles.indexOf(entry), 1);
      show();
    };
  }, [entry]);
  useEffect(() => {
    entry.text = text;
    show();
  }, [entry, text]);
}
