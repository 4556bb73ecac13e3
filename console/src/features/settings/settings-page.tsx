import { createLazyRoute } from '@tanstack/react-router';
import { Page, Section } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import { ApiKeys } from './api-keys.tsx';
import { People } from './people.tsx';

export const Route = createLazyRoute('/frame/settings')({ component: SettingsPage });

function SettingsPage() {
  const text = useText();
  const maySeeKeys = useCan('keys.read');
  const maySeePeople = useCan('members.read');
  return (
    <Page title={text.settings.title}>
      {maySeeKeys && <ApiKeys />}
      {maySeePeople && (
        <Section title={text.settings.people}>
          <People />
        </Section>
      )}
      {!maySeeKeys && !maySeePeople && (
        <EmptyState title={text.problems.forbidden.title} help={text.problems.forbidden.help} />
      )}
    </Page>
  );
}
