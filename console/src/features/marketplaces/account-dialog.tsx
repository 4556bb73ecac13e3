/** The form of a marketplace login, for a new account and for one whose login has changed. */
import { PasswordInput, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { useText } from '../../i18n/locale.tsx';

interface Login {
  username: string;
  password: string;
}

interface Props {
  title: string;
  /** The present one, where there is one. */
  username?: string;
  passwordLabel: string;
  submit: string;
  busy: boolean;
  error: unknown;
  /** `field` reads the other fields, without spaces at their ends. */
  onSubmit: (login: Login, field: (name: string) => string) => void;
  onClose: () => void;
  /** Fields above and below those of the login. */
  above?: ReactNode;
  below?: ReactNode;
}

export function AccountDialog(props: Props) {
  const { title, username, passwordLabel, submit, busy, error, onSubmit, onClose, above, below } = props;
  const { marketplaces } = useText();
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (busy) return;
          const form = new FormData(event.currentTarget);
          const field = (name: string) => String(form.get(name) ?? '').trim();
          // A password is taken as typed: spaces at its ends may belong to it.
          onSubmit({ username: field('username'), password: String(form.get('password')) }, field);
        }}
      >
        <p className={classes.hint}>{marketplaces.connectHelp}</p>
        {above}
        <TextInput
          name="username"
          label={marketplaces.username}
          defaultValue={username}
          autoComplete="off"
          maxLength={200}
          required
          withAsterisk={false}
        />
        <PasswordInput
          name="password"
          label={passwordLabel}
          autoComplete="new-password"
          maxLength={500}
          required
          withAsterisk={false}
          data-autofocus={username === undefined ? undefined : true}
        />
        {below}
        <SubmitRow onCancel={onClose} error={error} loading={busy}>
          {submit}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
