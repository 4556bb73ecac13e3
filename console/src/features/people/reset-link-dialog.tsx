import { Checkbox } from '@mantine/core';
import type { Member } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { useText } from '../../i18n/locale.tsx';
import { LinkOnce } from './link-once.tsx';

/** For who has forgotten the password: a link by which they choose a new one. */
export function ResetLinkDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const { people } = useText();
  const [removeTwoFactor, setRemoveTwoFactor] = useState(false);
  const reset = useCall('resetMemberPassword');
  if (reset.data) {
    return (
      <Dialog title={people.inviteReady} onClose={onClose} sticky>
        <LinkOnce
          lead={people.inviteSend(member.email)}
          url={reset.data.url}
          expiresAt={reset.data.expiresAt}
          onDone={onClose}
        />
      </Dialog>
    );
  }
  return (
    <Dialog title={people.resetPassword} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!reset.isPending) reset.mutate({ params: { id: member.id }, body: { removeTwoFactor } });
        }}
      >
        <p>{people.resetWhat(member.name)}</p>
        <Checkbox
          size="xs"
          label={people.resetTwoFactor}
          checked={removeTwoFactor}
          onChange={(event) => setRemoveTwoFactor(event.currentTarget.checked)}
        />
        <SubmitRow onCancel={onClose} error={reset.error} loading={reset.isPending} data-autofocus>
          {people.inviteSubmit}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
