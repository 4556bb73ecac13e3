/** How a person wants the screen. Everything holds at once and is kept in this browser. */
import {
  type MantineColorScheme,
  NativeSelect,
  SegmentedControl,
  Select,
  useMantineColorScheme,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { type ReactNode, useId, useMemo } from 'react';
import { Instant } from '../../components/figures.tsx';
import { Page, Section } from '../../components/page.tsx';
import { type Locale, locales, useLocale } from '../../i18n/locale.tsx';
import { useKept } from '../../preferences/kept.ts';
import {
  type Clock,
  clockKept,
  clocks,
  type Density,
  densities,
  densityKept,
  resolveZone,
  zoneKept,
} from '../../preferences/preferences.ts';
import { shopQuery } from '../settings/use-shop.ts';
import classes from './preferences.module.css';

export const Route = createLazyRoute('/frame/preferences')({ component: PreferencesPage });

const schemes: readonly MantineColorScheme[] = ['light', 'dark', 'auto'];

function PreferencesPage() {
  const { text, locale, setLocale } = useLocale();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [density, setDensity] = useKept(densityKept);
  const [clock, setClock] = useKept(clockKept);
  return (
    <Page title={text.preferences.title}>
      <div className={classes.page}>
        <p className="dim">{text.preferences.lead}</p>
        <Section title={text.preferences.screen}>
          <div className={classes.rows}>
            <Choice label={text.frame.scheme}>
              {(labelledBy) => (
                <SegmentedControl
                  aria-labelledby={labelledBy}
                  value={colorScheme}
                  onChange={(value) => setColorScheme(value as MantineColorScheme)}
                  data={schemes.map((value) => ({ value, label: text.frame.schemes[value] }))}
                />
              )}
            </Choice>
            <Choice label={text.table.density}>
              {(labelledBy) => (
                <SegmentedControl
                  aria-labelledby={labelledBy}
                  value={density}
                  onChange={(value) => setDensity(value as Density)}
                  data={densities.map((value) => ({ value, label: text.table.densities[value] }))}
                />
              )}
            </Choice>
            <Choice label={text.frame.language}>
              {(labelledBy) => (
                <NativeSelect
                  aria-labelledby={labelledBy}
                  value={locale}
                  onChange={(event) => setLocale(event.currentTarget.value as Locale)}
                  data={(Object.keys(locales) as Locale[]).map((value) => ({
                    value,
                    label: locales[value].name,
                  }))}
                />
              )}
            </Choice>
          </div>
        </Section>
        <Section title={text.preferences.times}>
          <div className={classes.rows}>
            <ZoneChoice />
            <Choice label={text.preferences.clock}>
              {(labelledBy) => (
                <SegmentedControl
                  aria-labelledby={labelledBy}
                  value={clock}
                  onChange={(value) => setClock(value as Clock)}
                  data={clocks.map((value) => ({ value, label: text.preferences.clocks[value] }))}
                />
              )}
            </Choice>
            <p className={classes.now}>
              <Instant>{(now) => text.preferences.now(now)}</Instant>
            </p>
          </div>
        </Section>
      </div>
    </Page>
  );
}

/** A label at the left, the control at the right; below each other on a phone. */
function Choice({ label, children }: { label: string; children: (labelledBy: string) => ReactNode }) {
  const id = useId();
  return (
    <div className={classes.row}>
      <span id={id} className={classes.label}>
        {label}
      </span>
      <div className={classes.control}>{children(id)}</div>
    </div>
  );
}

function ZoneChoice() {
  const { text } = useLocale();
  const { preferences } = text;
  const [zone, setZone] = useKept(zoneKept);
  const shop = useQuery(shopQuery);
  const zones = useMemo(() => Intl.supportedValuesOf('timeZone'), []);
  const tenantZone = shop.data?.timeZone ?? null;
  const spaced = (name: string) => name.replaceAll('_', ' ');
  const data = [
    { value: 'system', label: preferences.zones.system(spaced(resolveZone('system', null))) },
    ...(tenantZone === null && zone !== 'tenant'
      ? []
      : [{ value: 'tenant', label: preferences.zones.tenant(spaced(resolveZone('tenant', tenantZone))) }]),
    ...['UTC', ...zones.filter((name) => name !== 'UTC')].map((value) => ({ value, label: spaced(value) })),
  ];
  return (
    <Choice label={preferences.zone}>
      {(labelledBy) => (
        <Select
          aria-labelledby={labelledBy}
          searchable
          allowDeselect={false}
          limit={60}
          maxDropdownHeight={280}
          nothingFoundMessage={preferences.zoneNone}
          value={zone}
          onChange={(value) => value !== null && setZone(value)}
          data={data}
        />
      )}
    </Choice>
  );
}
