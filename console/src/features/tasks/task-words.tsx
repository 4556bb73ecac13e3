import { Progress } from '@mantine/core';
import type { Task } from '@tradepost/contracts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './tasks.module.css';

/** What a task does, in words; a type this catalogue does not know yet is still readable. */
export function useTaskName(): (type: string) => string {
  const { types } = useText().tasks;
  return (type) => {
    const plain = type.replaceAll('_', ' ');
    return types[type] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
  };
}

/** It can still be stopped. */
export function isLive({ status }: Pick<Task, 'status'>): boolean {
  return status === 'queued' || status === 'running' || status === 'retrying';
}

/** It can be run again, or now instead of later. */
export function isRetryable({ status }: Pick<Task, 'status'>): boolean {
  return status === 'failed' || status === 'cancelled' || status === 'retrying';
}

/** A bar where the end is known, the count where it is not, and nothing for tasks that say nothing. */
export function TaskProgress({ task }: { task: Pick<Task, 'progress' | 'status' | 'type'> }) {
  const { tasks } = useText();
  const formats = useFormats();
  const { progress } = task;
  if (progress === null) return null;
  const { done, total, message } = progress;
  if (total === null || total === 0) {
    return <span className="dim">{message ?? (task.status === 'running' ? formats.number(done) : '')}</span>;
  }
  const words = tasks.done(formats.number(done), formats.number(total));
  return (
    <span className={classes.progress} title={message ?? undefined}>
      <Progress
        value={(100 * done) / total}
        size={6}
        radius="xl"
        className={classes.bar}
        aria-label={`${tasks.progress}: ${words}`}
      />
      <span className={classes.progressWords}>{words}</span>
    </span>
  );
}
