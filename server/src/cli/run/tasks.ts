/** `tasks …`: what the server works on in the background. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Task, TaskDetail, TaskState } from '@tradepost/contracts';
import { listTenants } from '#modules/identity';
import { cancelTask, findTask, listTasks, retryTask } from '#modules/tasks';
import type { Database, TenantContext } from '#platform/db';
import { CliError, exitCodes } from '../exit-codes.ts';
import { cliActor, type Session } from '../session.ts';
import { chooseTenant } from '../tenants.ts';
import { columns, plain, shortInstant, table } from '../text.ts';

const lookEveryMs = 250;
const barWidth = 24;

type TaskOfTenant<T extends Task = Task> = T & { tenant: string };

export async function showTasks(
  session: Session,
  {
    options,
  }: {
    options: {
      tenant?: string | undefined;
      status?: TaskState | undefined;
      type?: string | undefined;
      limit?: number | undefined;
    };
  },
): Promise<undefined> {
  const { status, type, limit = 20 } = options;
  const { db } = await session.openDatabase();
  const tenants =
    options.tenant === undefined
      ? await db.asSystem('tasks list', listTenants)
      : [await chooseTenant(db, options.tenant)];
  const filter = { limit, ...(status !== undefined && { status }), ...(type !== undefined && { type }) };
  const found: TaskOfTenant[] = [];
  for (const { id, slug } of tenants) {
    const { items } = await db.withTenant({ tenantId: id, actor: cliActor() }, (tx) => listTasks(tx, filter));
    found.push(...items.map((task) => ({ ...task, tenant: slug })));
  }
  const items = found.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)).slice(0, limit);
  session.show({ items }, () =>
    table(
      ['ID', 'TENANT', 'TYPE', 'STATE', 'TRY', 'CREATED', 'WHAT'],
      items.map((t) => [
        ...[t.id, t.tenant, t.type, t.status, `${t.attempt}/${t.maxAttempts}`, shortInstant(t.createdAt)],
        plain([t.subject, t.error?.message].filter(Boolean).join(': ')),
      ]),
      'No task.',
    ),
  );
}

export async function showOneTask(
  session: Session,
  { argument: id, options }: { argument: string; options: { follow: boolean } },
): Promise<number> {
  const { db } = await session.openDatabase();
  const { context, slug } = await findTenantOf(db, id);
  if (options.follow) return follow(session, db, context, slug, id);
  session.show({ ...(await readTask(db, context, id)), tenant: slug }, describeTask);
  return exitCodes.done.code;
}

export async function runAgain(session: Session, { argument: id }: { argument: string }): Promise<undefined> {
  const { db } = await session.openDatabase();
  const { context, slug } = await findTenantOf(db, id);
  const task = await db.withTenant(context, (tx) => retryTask(tx, id));
  session.show({ ...task, tenant: slug }, () => `${task.type} of ${slug} is ${task.status} again.`);
}

export async function cancel(session: Session, { argument: id }: { argument: string }): Promise<undefined> {
  const { db } = await session.openDatabase();
  const { context, slug } = await findTenantOf(db, id);
  const task = await db.withTenant(context, (tx) => cancelTask(tx, id));
  session.show({ ...task, tenant: slug }, () =>
    task.status === 'running'
      ? `${task.type} of ${slug} is asked to stop; it ends where it is safe.`
      : `${task.type} of ${slug} is cancelled.`,
  );
}

/** Ids are unique over all tenants, as people pass them on without saying whose they are. */
async function findTenantOf(db: Database, id: string): Promise<{ context: TenantContext; slug: string }> {
  const found = await db.asSystem('tenant of a task', (tx) =>
    // Tenant by tenant, since the key of the table begins with it.
    tx.maybeOne<{ tenantId: string; slug: string }>(
      `select o.id as "tenantId", o.slug from auth.organization o
       where exists (select from task t where t.tenant_id = o.id and t.id = $1)`,
      [id],
    ),
  );
  if (found === undefined)
    throw new CliError('failed', `There is no task ${id}. \`tradepost tasks list\` shows them.`);
  return { context: { tenantId: found.tenantId, actor: cliActor() }, slug: found.slug };
}

async function readTask(db: Database, context: TenantContext, id: string): Promise<TaskDetail> {
  const task = await db.withTenant(context, (tx) => findTask(tx, id));
  if (task === null)
    throw new CliError('failed', `The task ${id} is gone: ended ones are removed after a while.`);
  return task;
}

/** Shows each change until the task ends: one moving line on a terminal, else a line each. */
async function follow(
  session: Session,
  db: Database,
  context: TenantContext,
  tenant: string,
  id: string,
): Promise<number> {
  const moving = !session.json && process.stdout.isTTY === true;
  let shown = '';
  for (;;) {
    const task = await readTask(db, context, id);
    const line = session.json ? JSON.stringify({ ...task, tenant }) : progressLine(task);
    if (line !== shown) {
      if (moving) process.stdout.write(`\r${session.style(colourOf(task.status), line)}\x1b[K`);
      else session.print(line);
    }
    shown = line;
    if (task.finishedAt !== null && !['queued', 'running', 'retrying'].includes(task.status)) {
      if (moving) session.print('');
      if (!session.json && task.error !== null)
        session.note(`${task.error.code}: ${plain(task.error.message)}`);
      return task.status === 'completed' ? exitCodes.done.code : exitCodes.failed.code;
    }
    await delay(lookEveryMs, undefined, { signal: session.signal });
  }
}

const colourOf = (status: TaskState) =>
  (
    ({
      completed: 'green',
      failed: 'red',
      cancelled: 'yellow',
      retrying: 'yellow',
      queued: 'gray',
      running: 'cyan',
    }) as const
  )[status];

function progressLine(task: Task): string {
  const { progress } = task;
  const parts = [task.type, ...(task.subject === null ? [] : [plain(task.subject)]), task.status];
  if (task.status === 'retrying') parts.push(`again at ${shortInstant(task.runAt)}`);
  if (task.cancelRequested && task.status === 'running') parts.push('(asked to stop)');
  if (progress !== null) {
    const { done, total, message } = progress;
    if (total !== null && total > 0) {
      const filled = Math.min(barWidth, Math.round((done / total) * barWidth));
      parts.push(`[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}] ${done}/${total}`);
    } else parts.push(`${done}`);
    if (message !== null) parts.push(plain(message));
  }
  return parts.join('  ');
}

function describeTask(task: TaskOfTenant<TaskDetail>): string {
  const rows: [string, string][] = [
    ['task', task.id],
    ['tenant', task.tenant],
    ['type', task.type],
    ['subject', plain(task.subject ?? '–')],
    ['state', task.status + (task.cancelRequested ? ' (asked to stop)' : '')],
    ['tries', `${task.attempt} of ${task.maxAttempts}`],
    ['runs at', shortInstant(task.runAt)],
    ['created', shortInstant(task.createdAt)],
    ['ended', shortInstant(task.finishedAt)],
    ['progress', task.progress === null ? '–' : progressLine(task)],
    ['payload', plain(JSON.stringify(task.payload))],
    ['result', plain(JSON.stringify(task.result ?? null))],
    ['error', task.error === null ? '–' : plain(`${task.error.code}: ${task.error.message}`)],
  ];
  const attempts = task.attempts.map((a) => [
    ...[`${a.attempt}`, a.outcome, shortInstant(a.startedAt), shortInstant(a.finishedAt)],
    a.error === null ? '' : plain(`${a.error.code}: ${a.error.message}`),
  ]);
  return [
    ...columns(rows),
    '',
    table(['TRY', 'OUTCOME', 'BEGAN', 'ENDED', 'ERROR'], attempts, 'It was not tried yet.'),
  ].join('\n');
}
