/** What can be done with several tasks at once: cancel those that live, run again those that ended badly. */
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Task } from '@tradepost/contracts';
import { CallFailed, call, newIdempotencyKey } from '../../api/call.ts';
import { toast } from '../../components/toast.ts';
import { offerUndo, toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { isLive, isRetryable } from './task-words.tsx';

export function BulkTasks({ tasks, onDone }: { tasks: readonly Task[]; onDone: () => void }) {
  const { tasks: words } = useText();
  const client = useQueryClient();
  const cancellable = tasks.filter((task) => isLive(task) && !task.cancelRequested);
  const retryable = tasks.filter(isRetryable);

  const refresh = () => {
    for (const operation of ['listTasks', 'getTask', 'getDashboard'])
      void client.invalidateQueries({ queryKey: [operation] });
  };
  const told = (sentence: string, refused: number) =>
    refused === 0 ? sentence : `${sentence} · ${words.refusedSome(refused)}`;

  const cancel = useMutation({
    mutationFn: () => eachOf(cancellable, ({ id }) => call('cancelTask', { params: { id } })),
    onSuccess: ({ done, refused }) => {
      onDone();
      refresh();
      offerUndo(told(words.cancelledSome(done.length), refused), () =>
        eachOf(done, runAgain).then((again) => {
          refresh();
          toast(told(words.retriedSome(again.done.length), again.refused));
        }),
      );
    },
    onError: toastError,
  });
  const retry = useMutation({
    mutationFn: () => eachOf(retryable, runAgain),
    onSuccess: ({ done, refused }) => {
      onDone();
      refresh();
      toast(told(words.retriedSome(done.length), refused));
    },
    onError: toastError,
  });

  if (cancellable.length + retryable.length === 0) return <span className="dim">{words.nothingToDo}</span>;
  return (
    <>
      {cancellable.length > 0 && (
        <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
          {words.cancelSome(cancellable.length)}
        </Button>
      )}
      {retryable.length > 0 && (
        <Button loading={retry.isPending} onClick={() => retry.mutate()}>
          {words.retrySome(retryable.length)}
        </Button>
      )}
    </>
  );
}

function runAgain({ id }: Task): Promise<Task> {
  return call('retryTask', { params: { id } }, { idempotencyKey: newIdempotencyKey() });
}

/**
 * One after the other. A task that moved on by itself meanwhile is counted, not fatal; any other failure ends the rest.
 */
async function eachOf(
  tasks: readonly Task[],
  act: (task: Task) => Promise<Task>,
): Promise<{ done: Task[]; refused: number }> {
  const done: Task[] = [];
  for (const task of tasks) {
    try {
      done.push(await act(task));
    } catch (error) {
      if (!(error instanceof CallFailed) || (error.status !== 409 && error.status !== 404)) throw error;
    }
  }
  return { done, refused: tasks.length - done.length };
}
