/** The end of a form in a dialog: what went wrong, the way out, and the one filled button. */
import { Button, type ButtonProps, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../i18n/locale.tsx';
import { ErrorNote } from './states.tsx';

interface Props extends Pick<ButtonProps, 'loading' | 'disabled' | 'color'> {
  onCancel: () => void;
  /** Of the last try, said above the buttons. */
  error?: unknown;
  /** The button takes the focus when the dialog opens. */
  'data-autofocus'?: boolean;
  children: ReactNode;
}

export function SubmitRow({ onCancel, error, children, ...button }: Props) {
  const { actions } = useText();
  return (
    <>
      <ErrorNote error={error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>
          {actions.cancel}
        </Button>
        <Button type="submit" {...button}>
          {children}
        </Button>
      </Group>
    </>
  );
}
