import { Button, PasswordInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useCall } from '../../api/queries.ts';
import dialog from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { Lines } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import { sessionQuery } from '../session/session.ts';
import classes from './account.module.css';

// With the library that draws the code, which nobody else needs.
const SetUp = lazy(() => import('./two-factor-set-up.tsx').then((part) => ({ default: part.SetUp })));

/** On or off, and the way to the other. */
export function TwoFactor({ on }: { on: boolean }) {
  const { account } = useText();
  // Kept as it was asked for: once it is on, the recovery codes are still to be shown.
  const [asking, setAsking] = useState<'turnOn' | 'turnOff' | null>(null);
  return (
    <>
      <StatusBadge look={on ? 'done' : 'paused'}>{on ? account.on : account.off}</StatusBadge>
      <p className={classes.lead}>{on ? account.twoFactorOn : account.twoFactorOff}</p>
      <Button variant="default" onClick={() => setAsking(on ? 'turnOff' : 'turnOn')}>
        {on ? account.turnOff : account.setUp}
      </Button>
      {asking === 'turnOn' && <TurnOn onClose={() => setAsking(null)} />}
      {asking === 'turnOff' && <TurnOff onClose={() => setAsking(null)} />}
    </>
  );
}

/** First the password, then the secret, a first code, and the recovery codes. */
function TurnOn({ onClose }: { onClose: () => void }) {
  const { account } = useText();
  const start = useCall('startTwoFactor');
  return (
    <Dialog title={account.setUpTitle} onClose={onClose} size={520} sticky={start.data !== undefined}>
      {start.data ? (
        <Suspense fallback={<Lines count={6} />}>
          <SetUp setup={start.data} onClose={onClose} />
        </Suspense>
      ) : (
        <PasswordForm
          lead={account.askPassword}
          submit={account.goOn}
          busy={start.isPending}
          error={start.error}
          onSubmit={(password) => start.mutate({ body: { password } })}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

function TurnOff({ onClose }: { onClose: () => void }) {
  const { account } = useText();
  const client = useQueryClient();
  const remove = useCall('removeTwoFactor', (session) => {
    client.setQueryData(sessionQuery.queryKey, session);
    void client.invalidateQueries({ queryKey: ['getAccount'] });
    onClose();
    toast(account.turnedOff);
  });
  return (
    <Dialog title={account.turnOffTitle} onClose={onClose}>
      <PasswordForm
        lead={account.turnOffWhat}
        submit={account.turnOff}
        dangerous
        busy={remove.isPending}
        error={remove.error}
        onSubmit={(password) => remove.mutate({ body: { password } })}
        onClose={onClose}
      />
    </Dialog>
  );
}

interface FormProps {
  lead: string;
  submit: string;
  dangerous?: boolean;
  busy: boolean;
  error: unknown;
  onSubmit: (password: string) => void;
  onClose: () => void;
}

function PasswordForm({ lead, submit, dangerous = false, busy, error, onSubmit, onClose }: FormProps) {
  const { account } = useText();
  return (
    <form
      className={dialog.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) onSubmit(String(new FormData(event.currentTarget).get('password')));
      }}
    >
      <p>{lead}</p>
      <PasswordInput
        name="password"
        label={account.currentPassword}
        autoComplete="current-password"
        required
        withAsterisk={false}
        data-autofocus
      />
      <SubmitRow onCancel={onClose} error={error} loading={busy} {...(dangerous ? { color: 'red' } : {})}>
        {submit}
      </SubmitRow>
    </form>
  );
}
