import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { CallOutput } from '../../api/endpoints.ts';
import { query, useCall } from '../../api/queries.ts';
import { Copyable, When } from '../../components/figures.tsx';
import { BackMark, Detail, Facts, Section } from '../../components/page.tsx';
import { ErrorNote, ErrorState, Lines } from '../../components/states.tsx';
import { type Look, StatusBadge, TaskStatus } from '../../components/status-badge.tsx';
import { toast } from '../../components/toast.ts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useRemember } from '../palette/recent.ts';
import { useCan } from '../session/session.ts';
import { isLive, isRetryable, TaskProgress, useTaskName } from './task-words.tsx';
import classes from './tasks.module.css';

export const Route = createLazyRoute('/frame/tasks/$taskId')({ component: TaskDetail });

type Details = CallOutput<'getTask'>;
type Attempt = Details['attempts'][number];

function TaskDetail() {
  const text = useText();
  const { taskId } = Route.useParams();
  const nameOf = useTaskName();
  const { data: task, error, refetch } = useQuery(query('getTask', { params: { id: taskId } }));
  useRemember('task', taskId, task && nameOf(task.type), task?.subject ?? undefined);
  const close = (
    <Link to="/tasks" search data-close-detail>
      <BackMark />
    </Link>
  );
  if (task === undefined) {
    return (
      <Detail tabTitle={text.tasks.task} close={close}>
        {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Lines count={8} />}
      </Detail>
    );
  }
  return <Loaded task={task} name={nameOf(task.type)} close={close} />;
}

function Loaded({ task, name, close }: { task: Details; name: string; close: ReactNode }) {
  const { tasks } = useText();
  const formats = useFormats();
  const mayWrite = useCan('tasks.write');
  const cancel = useCall('cancelTask', (after) =>
    toast(after.status === 'cancelled' ? tasks.cancelled : tasks.cancelling),
  );
  const retry = useCall('retryTask', () => toast(tasks.retried));
  const input = { params: { id: task.id } };
  return (
    <Detail
      tabTitle={name}
      state={<TaskStatus status={task.status} stopping={task.cancelRequested} />}
      actions={
        mayWrite && (
          <>
            {isLive(task) && (
              <Button
                variant="default"
                loading={cancel.isPending}
                disabled={task.cancelRequested}
                onClick={() => cancel.mutate(input)}
              >
                {tasks.cancel}
              </Button>
            )}
            {isRetryable(task) && (
              <Button loading={retry.isPending} onClick={() => retry.mutate(input)}>
                {tasks.retryNow}
              </Button>
            )}
          </>
        )
      }
      close={close}
    >
      <ErrorNote error={cancel.error ?? retry.error} />
      {task.error && task.status !== 'completed' && (
        <Section title={tasks.error}>
          <p className={classes.error}>{task.error.message}</p>
        </Section>
      )}
      {task.progress &&
        (task.progress.total !== null || task.progress.message || task.status === 'running') && (
          <Section title={tasks.progress}>
            <TaskProgress task={task} />
            {task.progress.message && task.progress.total !== null && (
              <p className={classes.message}>{task.progress.message}</p>
            )}
          </Section>
        )}
      <Section title={tasks.task}>
        <Facts
          items={[
            ...(task.subject ? [[tasks.subject, task.subject] as const] : []),
            [tasks.attempt, tasks.attemptOf(formats.number(task.attempt), formats.number(task.maxAttempts))],
            [tasks.created, <When key="created" at={task.createdAt} />],
            [tasks.began, <When key="began" at={task.startedAt} />],
            ...(task.status === 'retrying'
              ? [[tasks.nextTry, <When key="next" at={task.runAt} />] as const]
              : []),
            [tasks.ended, <When key="ended" at={task.finishedAt} />],
            ['ID', <Copyable key="id" value={task.id} wrap />],
          ]}
        />
      </Section>
      <Section title={tasks.attempts}>
        {task.attempts.length === 0 ? (
          <p className="dim">{tasks.noAttempts}</p>
        ) : (
          <div className={classes.attempts}>
            {task.attempts.map((attempt) => (
              <AttemptRow key={attempt.attempt} attempt={attempt} />
            ))}
          </div>
        )}
      </Section>
      {isShown(task.result) && (
        <Section title={tasks.result}>
          <pre className={classes.json}>{JSON.stringify(task.result, null, 2)}</pre>
        </Section>
      )}
      {isShown(task.payload) && (
        <Section title={tasks.input}>
          <pre className={classes.json}>{JSON.stringify(task.payload, null, 2)}</pre>
        </Section>
      )}
    </Detail>
  );
}

const attemptLooks: Record<Attempt['outcome'], Look> = {
  running: 'running',
  completed: 'done',
  failed: 'failed',
  cancelled: 'ended',
  lost: 'again',
};

function AttemptRow({ attempt }: { attempt: Attempt }) {
  const { tasks } = useText();
  const formats = useFormats();
  const tookMs =
    attempt.finishedAt === null ? null : Date.parse(attempt.finishedAt) - Date.parse(attempt.startedAt);
  return (
    <div className={classes.attempt}>
      <span className="num dim">{formats.number(attempt.attempt)}</span>
      <StatusBadge look={attemptLooks[attempt.outcome]}>{tasks.outcomes[attempt.outcome]}</StatusBadge>
      <span className="dim">
        <When at={attempt.startedAt} />
      </span>
      <span className="num">{tookMs === null ? '' : formats.duration(tookMs)}</span>
      {attempt.error && <span className={classes.attemptError}>{attempt.error.message}</span>}
    </div>
  );
}

/** Nothing and an empty object say nothing. */
function isShown(value: unknown): boolean {
  return (
    value !== null && value !== undefined && !(typeof value === 'object' && Object.keys(value).length === 0)
  );
}
