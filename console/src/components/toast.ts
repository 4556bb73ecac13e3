/** Short words at the edge of the screen about what was just done. `offerUndo` is for what can be taken back. */
import { notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';

interface ToastOptions {
  id?: string;
  durationMs?: number;
  onClose?: () => void;
}

export function toast(message: ReactNode, { id, durationMs = 4_000, onClose }: ToastOptions = {}): string {
  return notifications.show({
    message,
    autoClose: durationMs,
    withBorder: true,
    ...(id ? { id } : {}),
    ...(onClose ? { onClose } : {}),
  });
}

export function hideToast(id: string): void {
  notifications.hide(id);
}
