/** A dialog over the page; Esc and a click beside it close it. Mounted only while it is open. */
import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../i18n/locale.tsx';

interface Props {
  title: string;
  onClose: () => void;
  /** What holds something shown only once is closed on purpose only. */
  sticky?: boolean;
  size?: number;
  children: ReactNode;
}

export function Dialog({ title, onClose, sticky = false, size = 440, children }: Props) {
  const text = useText();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={size}
      closeOnClickOutside={!sticky}
      closeOnEscape={!sticky}
      closeButtonProps={{ 'aria-label': text.actions.close }}
    >
      {children}
    </Modal>
  );
}
