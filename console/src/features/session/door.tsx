/** The screen before the frame: who we are, one form, and the language for whoever cannot read it. */
import type { ReactNode } from 'react';
import { Brand } from '../../components/brand.tsx';
import { useTabTitle } from '../../components/use-tab-title.ts';
import { type Locale, locales, useLocale } from '../../i18n/locale.tsx';
import classes from './door.module.css';

export function Door({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  useTabTitle(title);
  const { locale, setLocale } = useLocale();
  return (
    <main className={classes.door}>
      <div className={classes.card}>
        <Brand />
        <h1 className={classes.title}>{title}</h1>
        <p className={classes.lead}>{lead}</p>
        {children}
      </div>
      <div className={classes.languages}>
        {(Object.keys(locales) as Locale[]).map((each) => (
          <button
            key={each}
            type="button"
            lang={each}
            className={classes.language}
            aria-pressed={each === locale}
            onClick={() => setLocale(each)}
          >
            {locales[each].name}
          </button>
        ))}
      </div>
    </main>
  );
}
