import { TextInput } from '@mantine/core';
import { useState } from 'react';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { useText } from '../../i18n/locale.tsx';

interface Props {
  title: string;
  name: string;
  /** Names of the other views. */
  taken: readonly string[];
  onName: (name: string) => void;
  onClose: () => void;
}

export function NameDialog({ title, name, taken, onName, onClose }: Props) {
  const { views, actions } = useText();
  const [typed, setTyped] = useState(name);
  const trimmed = typed.trim();
  const isTaken = taken.includes(trimmed);
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (trimmed === '' || isTaken) return;
          onName(trimmed);
          onClose();
        }}
      >
        <p className={classes.hint}>{views.saveHelp}</p>
        <TextInput
          label={views.name}
          placeholder={views.nameExample}
          value={typed}
          maxLength={40}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={isTaken ? views.taken : null}
          autoComplete="off"
          data-autofocus
        />
        <SubmitRow onCancel={onClose} disabled={trimmed === '' || isTaken}>
          {actions.save}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
