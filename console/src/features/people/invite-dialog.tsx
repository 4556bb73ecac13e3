import { Radio, TextInput } from '@mantine/core';
import type { Role } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useSession } from '../session/session.ts';
import { LinkOnce } from './link-once.tsx';
import roleClasses from './people.module.css';
import { grantableRoles } from './roles.ts';

/** Invites a person with a role, then shows the link once. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { people, frame } = useText();
  const { tenant } = useSession();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('agent');
  const invite = useCall('createInvitation');
  if (invite.data) {
    return (
      <Dialog title={people.inviteReady} onClose={onClose} sticky>
        <LinkOnce
          lead={people.inviteSend(invite.data.email)}
          url={invite.data.url}
          expiresAt={invite.data.expiresAt}
          onDone={onClose}
        />
      </Dialog>
    );
  }
  return (
    <Dialog title={people.invite} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!invite.isPending) invite.mutate({ body: { email: email.trim(), role } });
        }}
      >
        <TextInput
          type="email"
          label={people.inviteEmail}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          maxLength={254}
          required
          withAsterisk={false}
          data-autofocus
        />
        <Radio.Group label={people.inviteRole} value={role} onChange={(value) => setRole(value as Role)}>
          <div className={roleClasses.roles}>
            {grantableRoles(tenant.role).map((each) => (
              <Radio
                key={each}
                value={each}
                size="xs"
                label={frame.roles[each]}
                description={people.roleHelp[each]}
              />
            ))}
          </div>
        </Radio.Group>
        <SubmitRow onCancel={onClose} error={invite.error} loading={invite.isPending}>
          {people.inviteSubmit}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
