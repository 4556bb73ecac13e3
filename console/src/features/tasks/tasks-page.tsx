import { useInfiniteQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, Outlet, useParams } from '@tanstack/react-router';
import type { Task } from '@tradepost/contracts';
import { list } from '../../api/queries.ts';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { When } from '../../components/figures.tsx';
import { FilterMenu } from '../../components/filters.tsx';
import { ListDetail } from '../../components/list-detail.tsx';
import { Page } from '../../components/page.tsx';
import { pagingOf } from '../../components/paging.ts';
import { EmptyState } from '../../components/states.tsx';
import { TaskStatus } from '../../components/status-badge.tsx';
import { useSelection } from '../../components/use-selection.ts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { taskStates } from '../../words.ts';
import { useCan } from '../session/session.ts';
import { ViewBar } from '../views/view-bar.tsx';
import { BulkTasks } from './bulk-tasks.tsx';
import { TaskProgress, useTaskName } from './task-words.tsx';

export const Route = createLazyRoute('/frame/tasks')({ component: TasksPage });

function TasksPage() {
  const text = useText();
  const { status } = Route.useSearch();
  const navigate = Route.useNavigate();
  const { taskId } = useParams({ strict: false });
  const mayWrite = useCan('tasks.write');
  const selection = useSelection();
  const columns = useTaskColumns();
  const tasks = useInfiniteQuery(list('listTasks', { query: { status } }));
  const rows = tasks.data?.pages.flatMap((page) => page.items);
  const checked = rows?.filter((task) => selection.ids.has(task.id)) ?? [];
  return (
    <ListDetail
      list={
        <Page
          title={text.tasks.title}
          aside={
            <ViewBar
              list="tasks"
              filters={{ status }}
              onApply={(search) => void navigate({ search })}
              detailOpen={taskId !== undefined}
            />
          }
          body="fill"
          toolbar={
            <FilterMenu
              label={text.tasks.status}
              options={taskStates.map((value) => ({ value, label: text.tasks.states[value] }))}
              value={status}
              onChange={(next) => void navigate({ search: next ? { status: next } : {}, replace: true })}
            />
          }
        >
          <DataTable
            key={status}
            label={text.tasks.title}
            name="tasks"
            {...(mayWrite ? { selection, bulk: <BulkTasks tasks={checked} onDone={selection.clear} /> } : {})}
            rows={rows}
            columns={columns}
            rowId={(task) => task.id}
            rowLink={(task, children) => (
              <Link to="/tasks/$taskId" params={{ taskId: task.id }} search {...rowLinkProps}>
                {children}
              </Link>
            )}
            selectedId={taskId}
            {...pagingOf(tasks)}
            empty={
              status ? (
                <EmptyState title={text.tasks.noMatch.title} help={text.tasks.noMatch.help} />
              ) : (
                <EmptyState title={text.tasks.empty.title} help={text.tasks.empty.help} />
              )
            }
          />
        </Page>
      }
      detail={taskId ? <Outlet /> : null}
    />
  );
}

function useTaskColumns(): readonly Column<Task>[] {
  const { tasks } = useText();
  const formats = useFormats();
  const nameOf = useTaskName();
  return [
    {
      key: 'task',
      header: tasks.task,
      width: 'minmax(140px, 220px)',
      cell: (task) => nameOf(task.type),
      card: 'title',
    },
    {
      key: 'subject',
      header: tasks.subject,
      width: 'minmax(80px, 1fr)',
      cell: (task) => task.subject,
      card: 'line',
    },
    {
      key: 'status',
      header: tasks.status,
      width: 'minmax(110px, 150px)',
      cell: (task) => <TaskStatus status={task.status} stopping={task.cancelRequested} />,
      card: 'aside',
    },
    {
      key: 'progress',
      header: tasks.progress,
      width: 'minmax(120px, 2fr)',
      cell: (task) =>
        task.error && task.status !== 'completed' ? (
          <span className="dim" title={task.error.message}>
            {task.error.message}
          </span>
        ) : (
          <TaskProgress task={task} />
        ),
      from: 680,
      card: 'hidden',
    },
    {
      key: 'attempt',
      header: tasks.attempt,
      width: '64px',
      align: 'right',
      cell: (task) =>
        task.attempt > 1
          ? tasks.attemptOf(formats.number(task.attempt), formats.number(task.maxAttempts))
          : '',
      from: 820,
      card: 'hidden',
    },
    {
      key: 'created',
      header: tasks.created,
      width: '104px',
      align: 'right',
      cell: (task) => <When at={task.createdAt} />,
      card: 'note',
    },
  ];
}
