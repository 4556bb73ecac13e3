/** Short words at the edge of the screen about what was just done, with a way to undo it where there is one. */
import { notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';

/** How long an undo stays in reach. */
export const UNDO_MS = 8_000;

export function toast(message: ReactNode, options: { id?: string; durationMs?: number } = {}): string {
  return notifications.show({
    message,
    autoClose: options.durationMs ?? 4_000,
    withBorder: true,
    ...(options.id ? { id: options.id } : {}),
  });
}

export function hideToast(id: string): void {
  notifications.hide(id);
}
