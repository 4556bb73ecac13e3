import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import { ApiKeys } from './api-keys.tsx';
import { SettingsTabs } from './settings-tabs.tsx';

export const Route = createLazyRoute('/frame/settings/keys')({ component: KeysPage });

function KeysPage() {
  const { settings, problems } = useText();
  const maySee = useCan('keys.read');
  return (
    <Page title={settings.title} toolbar={<SettingsTabs />}>
      {maySee ? <ApiKeys /> : <EmptyState title={problems.forbidden.title} help={problems.forbidden.help} />}
    </Page>
  );
}
