/** Working out what to order, for the whole shop: a task, shown where it was begun. */
import { Button } from '@mantine/core';
import type { Task } from '@tradepost/contracts';
import { type ReactNode, useState } from 'react';
import { useCall } from '../../api/queries.ts';
import { toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { TaskStrip, useTask } from '../tasks/task-strip.tsx';
import { isLive } from '../tasks/task-words.tsx';
import classes from './replenishment.module.css';

export function useRun(): { buttons: ReactNode; strip: ReactNode } {
  const { replenishment } = useText();
  const [begun, setBegun] = useState<Task | null>(null);
  const task = useTask(begun);
  const run = useCall('runAutoReorder', (answer) => setBegun(answer));
  const running = run.isPending || (task !== null && isLive(task));
  const start = (draft: boolean) => run.mutate({ body: { draft } }, { onError: toastError });
  return {
    buttons: (
      <>
        <Button variant="default" disabled={running} onClick={() => start(false)}>
          {replenishment.workOut}
        </Button>
        <Button disabled={running} onClick={() => start(true)}>
          {replenishment.draftAll}
        </Button>
      </>
    ),
    strip: task !== null && (
      <div className={classes.strip}>
        <TaskStrip task={task} />
      </div>
    ),
  };
}
