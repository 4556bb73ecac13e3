import { Button, NativeSelect, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import type { TenantSettings } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import { Page } from '../../components/page.tsx';
import { ErrorNote, ErrorState, Lines } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { useLocale, useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import classes from './settings.module.css';
import { SettingsTabs } from './settings-tabs.tsx';
import { shopQuery } from './use-shop.ts';

export const Route = createLazyRoute('/frame/settings')({ component: SettingsPage });

/** What is chosen from first; any other that the shop has stays in the list. */
const CURRENCIES = ['RON', 'EUR', 'BGN', 'HUF', 'USD', 'GBP', 'PLN', 'CZK', 'MDL'];
const LOCALES = ['ro-RO', 'en-GB', 'bg-BG', 'hu-HU', 'en-US', 'de-DE', 'pl-PL'];

function SettingsPage() {
  const { settings } = useText();
  const shop = useQuery(shopQuery);
  return (
    <Page title={settings.title} toolbar={<SettingsTabs />}>
      {shop.data === undefined ? (
        shop.error ? (
          <ErrorState error={shop.error} onRetry={() => void shop.refetch()} />
        ) : (
          <Lines count={6} />
        )
      ) : (
        <ShopForm key={JSON.stringify(shop.data)} shop={shop.data} />
      )}
    </Page>
  );
}

type Fields = Omit<TenantSettings, 'slug'>;

function ShopForm({ shop }: { shop: TenantSettings }) {
  const { shop: words, actions } = useText();
  const { locale } = useLocale();
  const mayChange = useCan('tenant.manage');
  const { slug: _, ...before } = shop;
  const [fields, setFields] = useState<Fields>(before);
  const save = useCall('updateTenantSettings', () => toast(words.saved));
  const changed = Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== before[name as keyof Fields]),
  );
  const set = (change: Partial<Fields>) => setFields({ ...fields, ...change });
  const languages = new Intl.DisplayNames([locale], { type: 'language' });
  const currencies = new Intl.DisplayNames([locale], { type: 'currency' });
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (Object.keys(changed).length > 0 && !save.isPending) save.mutate({ body: changed });
      }}
    >
      <p className={classes.lead}>{words.lead}</p>
      <TextInput
        label={words.name}
        value={fields.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        maxLength={100}
        required
        withAsterisk={false}
        disabled={!mayChange}
      />
      <Select
        label={words.timeZone}
        description={words.timeZoneHelp}
        data={withPresent(Intl.supportedValuesOf('timeZone'), fields.timeZone)}
        value={fields.timeZone}
        onChange={(timeZone) => timeZone && set({ timeZone })}
        limit={50}
        searchable
        allowDeselect={false}
        disabled={!mayChange}
      />
      <NativeSelect
        label={words.currency}
        description={words.currencyHelp}
        data={withPresent(CURRENCIES, fields.currency).map((value) => ({
          value,
          label: `${value} · ${currencies.of(value) ?? value}`,
        }))}
        value={fields.currency}
        onChange={(event) => set({ currency: event.currentTarget.value })}
        disabled={!mayChange}
      />
      <NativeSelect
        label={words.locale}
        description={words.localeHelp}
        data={withPresent(LOCALES, fields.locale).map((value) => ({
          value,
          label: languages.of(value) ?? value,
        }))}
        value={fields.locale}
        onChange={(event) => set({ locale: event.currentTarget.value })}
        disabled={!mayChange}
      />
      <ErrorNote error={save.error} />
      {mayChange ? (
        <div>
          <Button type="submit" loading={save.isPending} disabled={Object.keys(changed).length === 0}>
            {actions.save}
          </Button>
        </div>
      ) : (
        <p className={classes.lead}>{words.ownersOnly}</p>
      )}
    </form>
  );
}

function withPresent(options: readonly string[], present: string): string[] {
  return options.includes(present) ? [...options] : [present, ...options];
}
