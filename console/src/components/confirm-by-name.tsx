/** For what cannot be undone: the name of the thing must be typed before the button works. */
import { TextInput } from '@mantine/core';
import { useState } from 'react';
import classes from './dialog.module.css';
import { Dialog } from './dialog.tsx';
import { SubmitRow } from './submit-row.tsx';

interface Props {
  title: string;
  what: string;
  label: string;
  name: string;
  confirm: string;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

export function ConfirmByName({ title, what, label, name, confirm, busy, error, onConfirm, onClose }: Props) {
  const [typed, setTyped] = useState('');
  const matches = typed.trim() === name;
  return (
    <Dialog onClose={onClose} title={title}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (matches && !busy) onConfirm();
        }}
      >
        <p>{what}</p>
        <TextInput
          label={label}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          data-autofocus
        />
        <SubmitRow onCancel={onClose} error={error} color="red" loading={busy} disabled={!matches}>
          {confirm}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
