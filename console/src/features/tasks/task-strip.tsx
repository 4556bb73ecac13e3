/** A task within the page that began it: how far it is, the way to stop it, and why it failed. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Task } from '@tradepost/contracts';
import { query, useCall } from '../../api/queries.ts';
import { ErrorNote } from '../../components/states.tsx';
import { TaskStatus } from '../../components/status-badge.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import { isLive, TaskProgress, useTaskName } from './task-words.tsx';
import classes from './tasks.module.css';

/** The task as it is now: its events keep it so. Until it is read, as it was last seen. */
export function useTask(seen: Task | null): Task | null {
  const maySee = useCan('tasks.read');
  const live = useQuery({
    ...query('getTask', { params: { id: seen?.id ?? '' } }),
    enabled: seen !== null && maySee,
  });
  if (seen === null || live.data?.id !== seen.id) return seen;
  // What was just answered to a call may be newer than what was read before it.
  return live.data.finishedAt === null && seen.finishedAt !== null ? seen : live.data;
}

export function TaskStrip({ task }: { task: Task }) {
  const { imports } = useText();
  const nameOf = useTaskName();
  const maySee = useCan('tasks.read');
  const mayStop = useCan('tasks.write');
  const cancel = useCall('cancelTask');
  return (
    <section className={classes.strip} aria-label={nameOf(task.type)}>
      <div className={classes.stripHead}>
        {maySee ? (
          <Link to="/tasks/$taskId" params={{ taskId: task.id }} className="link">
            {nameOf(task.type)}
          </Link>
        ) : (
          <span>{nameOf(task.type)}</span>
        )}
        <TaskStatus status={task.status} stopping={task.cancelRequested} />
        {mayStop && isLive(task) && (
          <Button
            variant="default"
            size="compact-xs"
            className={classes.stripStop}
            loading={cancel.isPending}
            disabled={task.cancelRequested}
            onClick={() => cancel.mutate({ params: { id: task.id } })}
          >
            {imports.stop}
          </Button>
        )}
      </div>
      <TaskProgress task={task} />
      {task.error && task.status !== 'completed' && <p className={classes.error}>{task.error.message}</p>}
      <ErrorNote error={cancel.error} />
    </section>
  );
}
