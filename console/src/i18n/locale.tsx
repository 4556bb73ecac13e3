/** The language of the screen: its catalogue of words, and how it writes numbers, money and times. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { useKept } from '../preferences/kept.ts';
import { clockKept, resolveZone, tenantZoneKept, zoneKept } from '../preferences/preferences.ts';
import type { Catalogue } from './en.ts';
import { createFormats, type Formats } from './formats.ts';

/** The words of a language are fetched by those who speak it. */
export const locales = {
  en: { name: 'English', tag: 'en-GB', load: () => import('./en.ts').then(({ en }): Catalogue => en) },
  ro: { name: 'Română', tag: 'ro-RO', load: () => import('./ro.ts').then(({ ro }): Catalogue => ro) },
};
export type Locale = keyof typeof locales;

/** A language with its words. */
interface Spoken {
  locale: Locale;
  text: Catalogue;
}

const STORAGE_KEY = 'tradepost-language';

interface LocaleValue extends Spoken {
  setLocale: (locale: Locale) => void;
  formats: Formats;
}

const LocaleContext = createContext<LocaleValue | null>(null);

/** The language to begin with. English, when the words of the one chosen cannot be had. */
export async function loadLocale(): Promise<Spoken> {
  const locale = chosenLocale();
  try {
    return { locale, text: await locales[locale].load() };
  } catch {
    return { locale: 'en', text: await locales.en.load() };
  }
}

export function LocaleProvider({ initial, children }: { initial: Spoken; children: ReactNode }) {
  const [{ locale, text }, setSpoken] = useState(initial);
  const [zone] = useKept(zoneKept);
  const [tenantZone] = useKept(tenantZoneKept);
  const [clock] = useKept(clockKept);
  const value = useMemo<LocaleValue>(
    () => ({
      locale,
      setLocale: (next) => {
        localStorage.setItem(STORAGE_KEY, next);
        // Words that cannot be had now are there at the next visit: the choice is kept.
        void locales[next].load().then(
          (words) => setSpoken({ locale: next, text: words }),
          () => {},
        );
      },
      text,
      formats: createFormats(locales[locale].tag, text.time, {
        timeZone: resolveZone(zone, tenantZone),
        ...(clock === 'language' ? {} : { hourCycle: clock === '12' ? 'h12' : 'h23' }),
      }),
    }),
    [locale, text, zone, tenantZone, clock],
  );
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return <LocaleContext value={value}>{children}</LocaleContext>;
}

function chosenLocale(): Locale {
  const stored = localStorage.getItem(STORAGE_KEY);
  if (stored === 'en' || stored === 'ro') return stored;
  return navigator.language.toLowerCase().startsWith('ro') ? 'ro' : 'en';
}

export function useLocale(): LocaleValue {
  const value = useContext(LocaleContext);
  if (value === null) throw new Error('useLocale needs a LocaleProvider');
  return value;
}

/** The words of the present language. */
export function useText(): Catalogue {
  return useLocale().text;
}

/** How the present language writes numbers, money and times. */
export function useFormats(): Formats {
  return useLocale().formats;
}
