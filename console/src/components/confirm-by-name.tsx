/** For what cannot be undone: the name of the thing must be typed before the button works. */
import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../i18n/locale.tsx';
import classes from './dialog.module.css';
import { Dialog } from './dialog.tsx';
import { ErrorNote } from './states.tsx';

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
  const text = useText();
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
        <ErrorNote error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {text.actions.cancel}
          </Button>
          <Button type="submit" color="red" loading={busy} disabled={!matches}>
            {confirm}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
