import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import type { Account } from '@tradepost/contracts';
import { useState } from 'react';
import { query, useCall } from '../../api/queries.ts';
import { Page, Section } from '../../components/page.tsx';
import { ErrorNote, ErrorState, Lines } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import { NewPassword } from '../session/new-password.tsx';
import classes from './account.module.css';
import { Sessions } from './sessions.tsx';
import { TwoFactor } from './two-factor.tsx';

export const Route = createLazyRoute('/frame/account')({ component: AccountPage });

function AccountPage() {
  const { account: words } = useText();
  const account = useQuery(query('getAccount', {}));
  return (
    <Page title={words.title}>
      {account.data === undefined ? (
        account.error ? (
          <ErrorState error={account.error} onRetry={() => void account.refetch()} />
        ) : (
          <Lines count={10} />
        )
      ) : (
        <>
          <Section title={words.profile}>
            <Profile account={account.data} />
          </Section>
          <Section title={words.password}>
            <Password account={account.data} />
          </Section>
          <Section title={words.twoFactor}>
            <TwoFactor on={account.data.twoFactor} />
          </Section>
          <Sessions />
        </>
      )}
    </Page>
  );
}

function Profile({ account }: { account: Account }) {
  const { account: words, actions } = useText();
  const [name, setName] = useState(account.name);
  const save = useCall('updateAccount', () => toast(words.nameSaved));
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!save.isPending) save.mutate({ body: { name: name.trim() } });
      }}
    >
      <TextInput label={words.email} value={account.email} readOnly variant="filled" />
      <TextInput
        label={words.name}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        autoComplete="name"
        maxLength={100}
        required
        withAsterisk={false}
      />
      <ErrorNote error={save.error} />
      <div>
        <Button
          type="submit"
          variant="default"
          loading={save.isPending}
          disabled={name.trim() === account.name || name.trim() === ''}
        >
          {actions.save}
        </Button>
      </div>
    </form>
  );
}

function Password({ account }: { account: Account }) {
  const { account: words } = useText();
  const [changes, setChanges] = useState(0);
  const change = useCall('changePassword', () => {
    // Emptied by making the fields anew.
    setChanges((before) => before + 1);
    toast(words.passwordChanged);
  });
  return (
    <form
      key={changes}
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (change.isPending) return;
        const fields = new FormData(event.currentTarget);
        change.mutate({
          body: {
            currentPassword: String(fields.get('currentPassword')),
            newPassword: String(fields.get('newPassword')),
          },
        });
      }}
    >
      <p className={classes.lead}>{words.passwordLead}</p>
      <input type="hidden" autoComplete="username" value={account.email} readOnly />
      <PasswordInput
        name="currentPassword"
        label={words.currentPassword}
        autoComplete="current-password"
        required
        withAsterisk={false}
      />
      <NewPassword name="newPassword" label={words.newPassword} known={[account.name, account.email]} />
      <ErrorNote error={change.error} />
      <div>
        <Button type="submit" variant="default" loading={change.isPending}>
          {words.changePassword}
        </Button>
      </div>
    </form>
  );
}
