/** The language of the screen: its catalogue of words, and how it writes numbers, money and times. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { useKept } from '../preferences/kept.ts';
import { clockKept, resolveZone, tenantZoneKept, zoneKept } from '../preferences/preferences.ts';
import { type Catalogue, en } from './en.ts';
import { createFormats, type Formats } from './formats.ts';
import { ro } from './ro.ts';

export const locales = {
  en: { name: 'English', tag: 'en-GB', catalogue: en },
  ro: { name: 'Română', tag: 'ro-RO', catalogue: ro },
};
export type Locale = keyof typeof locales;

const STORAGE_KEY = 'tradepost-language';

interface LocaleValue {
  locale: Locale;
  setLocale: (locale: Locale) => void;
  text: Catalogue;
  formats: Formats;
}

const LocaleContext = createContext<LocaleValue | null>(null);

export function LocaleProvider({ children }: { children: ReactNode }) {
  const [locale, setLocale] = useState(initialLocale);
  const [zone] = useKept(zoneKept);
  const [tenantZone] = useKept(tenantZoneKept);
  const [clock] = useKept(clockKept);
  const value = useMemo<LocaleValue>(
    () => ({
      locale,
      setLocale: (next) => {
        localStorage.setItem(STORAGE_KEY, next);
        setLocale(next);
      },
      text: locales[locale].catalogue,
      formats: createFormats(locales[locale].tag, locales[locale].catalogue.time, {
        timeZone: resolveZone(zone, tenantZone),
        ...(clock === 'language' ? {} : { hourCycle: clock === '12' ? 'h12' : 'h23' }),
      }),
    }),
    [locale, zone, tenantZone, clock],
  );
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return <LocaleContext value={value}>{children}</LocaleContext>;
}

function initialLocale(): Locale {
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
