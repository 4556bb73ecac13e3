import { Button } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { createLazyRoute } from '@tanstack/react-router';
import { useState } from 'react';
import { Page, Section } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import { SettingsTabs } from '../settings/settings-tabs.tsx';
import { Invitations } from './invitations.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { Members } from './members.tsx';

export const Route = createLazyRoute('/frame/settings/people')({ component: PeoplePage });

function PeoplePage() {
  const { settings, people, problems } = useText();
  const maySee = useCan('members.read');
  const mayInvite = useCan('members.write');
  const [inviting, setInviting] = useState(false);
  return (
    <Page
      title={settings.title}
      toolbar={<SettingsTabs />}
      actions={
        mayInvite && (
          <Button
            leftSection={<IconUserPlus size={14} aria-hidden />}
            onClick={() => setInviting(true)}
            data-create
          >
            {people.invite}
          </Button>
        )
      }
    >
      {maySee ? (
        <>
          <Section title={people.title}>
            <Members />
          </Section>
          <Invitations />
        </>
      ) : (
        <EmptyState title={problems.forbidden.title} help={problems.forbidden.help} />
      )}
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
    </Page>
  );
}
