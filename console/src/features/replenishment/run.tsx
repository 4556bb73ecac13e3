/** Working out what to order, for the whole shop: a task, shown where it was begun. */
import type { Task } from '@tradepost/contracts';
import { type ReactNode, useState } from 'react';
import { useCall } from '../../api/queries.ts';
import { toastError } from '../../components/undo.tsx';
import { TaskStrip, useTask } from '../tasks/task-strip.tsx';
import { isLive } from '../tasks/task-words.tsx';
import classes from './replenishment.module.css';

interface Run {
  running: boolean;
  /** @param draft also drafts the orders that are needed */
  start: (draft: boolean) => void;
  /** How far it is; nothing until it was begun here. */
  strip: ReactNode;
}

export function useRun(): Run {
  const [begun, setBegun] = useState<Task | null>(null);
  const task = useTask(begun);
  const run = useCall('runAutoReorder', (answer) => setBegun(answer));
  return {
    running: run.isPending || (task !== null && isLive(task)),
    start: (draft) => run.mutate({ body: { draft } }, { onError: toastError }),
    strip: task !== null && (
      <div className={classes.strip}>
        <TaskStrip task={task} />
      </div>
    ),
  };
}
