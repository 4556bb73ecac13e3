/** What a person did, said at the edge of the screen with the way to take it back. */
import { Button } from '@mantine/core';
import { useText } from '../i18n/locale.tsx';
import { ErrorNote } from './states.tsx';
import { hideToast, toast } from './toast.ts';
import classes from './undo.module.css';

/** How long an undo stays in reach; longer while the pointer or the focus is on it. */
const UNDO_MS = 8_000;
const ERROR_MS = 15_000;

let offered: { id: string; undo: () => Promise<unknown> | unknown } | null = null;
let count = 0;

/**
 * Says what was done and offers to undo it: by its button, or by Ctrl-Z while it shows. One thing at a time: a new offer
 * takes the place of the one before. A failed undo is said with its request id.
 *
 * @param undo takes it back; may be a call, whose failure is shown
 */
export function offerUndo(message: string, undo: () => Promise<unknown> | unknown): void {
  if (offered !== null) hideToast(offered.id);
  count += 1;
  const offer = { id: `undo-${count}`, undo };
  offered = offer;
  toast(<UndoNote message={message} />, {
    id: offer.id,
    durationMs: UNDO_MS,
    onClose: () => forget(offer.id),
  });
}

/** Takes back what was offered last. Returns false when there is nothing any more. */
export function undoLast(): boolean {
  if (offered === null) return false;
  const { id, undo } = offered;
  offered = null;
  hideToast(id);
  void Promise.resolve()
    .then(undo)
    .catch((error: unknown) => toastError(error));
  return true;
}

function forget(id: string): void {
  if (offered?.id === id) offered = null;
}

/** A failure that belongs to no form: what happened, what to do, and the request id to copy. */
export function toastError(error: unknown): void {
  toast(<ErrorNote error={error} />, { durationMs: ERROR_MS });
}

function UndoNote({ message }: { message: string }) {
  const { actions } = useText();
  return (
    <div className={classes.note}>
      <span>{message}</span>
      <Button variant="subtle" onClick={undoLast}>
        {actions.undo}
      </Button>
    </div>
  );
}
