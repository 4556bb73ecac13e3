/** The proof that nothing is oversold: begun here, followed while it runs, and read afterwards. */
import { IconShieldCheck } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ProofReport, Task } from '@tradepost/contracts';
import { list } from '../../api/queries.ts';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Figure, When } from '../../components/figures.tsx';
import { Section } from '../../components/page.tsx';
import { EmptyState, ErrorState, Lines } from '../../components/states.tsx';
import { StatusBadge, TaskStatus } from '../../components/status-badge.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import { TaskStrip } from '../tasks/task-strip.tsx';
import { isLive } from '../tasks/task-words.tsx';
import { Part } from './part.tsx';
import { ProofResult } from './proof-result.tsx';
import { RunProof } from './run-proof.tsx';

/** Proofs that are looked back at. */
const SHOWN = 10;

/** What a proof ended with; null: it did not come to its end. */
function reportOf({ status, result }: Task): ProofReport | null {
  return status === 'completed' ? (result as ProofReport) : null;
}

export function StockProof({ chosen }: { chosen: string | undefined }) {
  const { proof } = useText();
  const maySee = useCan('tasks.read');
  const mayRun = useCan('tenant.manage');
  const found = useInfiniteQuery({
    ...list('listTasks', { query: { type: 'prove_stock', limit: SHOWN } }),
    enabled: maySee,
  });
  const runs = found.data?.pages[0]?.items;
  const running = runs?.find(isLive);
  const ended = runs?.filter((task) => task.finishedAt !== null);
  const shown = ended?.find(({ id }) => id === chosen) ?? ended?.[0];
  return (
    <Part title={proof.sell} lead={proof.sellLead}>
      {mayRun ? <RunProof running={running !== undefined} /> : <p className="dim">{proof.ownersOnly}</p>}
      {running && <TaskStrip task={running} />}
      {maySee &&
        runs === undefined &&
        (found.error ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <Lines count={6} />
        ))}
      {shown ? (
        <Ended task={shown} />
      ) : (
        runs !== undefined &&
        running === undefined && (
          <EmptyState
            icon={<IconShieldCheck size={28} stroke={1.5} aria-hidden />}
            title={proof.never.title}
            help={proof.never.help}
          />
        )
      )}
      {ended && ended.length > 1 && (
        <Section title={proof.earlier}>
          <Earlier tasks={ended} selectedId={shown?.id} />
        </Section>
      )}
    </Part>
  );
}

function Ended({ task }: { task: Task }) {
  const report = reportOf(task);
  return report === null ? <TaskStrip task={task} /> : <ProofResult task={task} report={report} />;
}

function Earlier({ tasks, selectedId }: { tasks: Task[]; selectedId: string | undefined }) {
  const { proof } = useText();
  const figure = (
    key: 'buyers' | 'pieces' | 'requestsPerSecond',
    header: string,
    from: number,
  ): Column<Task> => ({
    key,
    header,
    width: 'minmax(80px, 1fr)',
    align: 'right',
    cell: (task) => {
      const report = reportOf(task);
      return report && <Figure value={report[key]} />;
    },
    from,
    card: key === 'requestsPerSecond' ? 'note' : 'hidden',
  });
  const columns: readonly Column<Task>[] = [
    {
      key: 'when',
      header: proof.when,
      width: 'minmax(110px, 1fr)',
      cell: (task) => <When at={task.finishedAt} />,
      card: 'title',
    },
    {
      key: 'result',
      header: proof.result,
      width: 'minmax(130px, 1fr)',
      cell: (task) => {
        const report = reportOf(task);
        if (report === null) return <TaskStatus status={task.status} />;
        return (
          <StatusBadge look={report.holds ? 'done' : 'failed'}>
            {report.holds ? proof.holds : proof.breached}
          </StatusBadge>
        );
      },
      card: 'aside',
    },
    figure('buyers', proof.buyers, 560),
    figure('pieces', proof.pieces, 640),
    figure('requestsPerSecond', proof.perSecond, 0),
  ];
  return (
    <DataTable
      mode="card"
      label={proof.earlier}
      rows={tasks}
      columns={columns}
      rowId={(task) => task.id}
      rowLink={(task, children) => (
        <Link to="/proof" search={{ run: task.id }} replace {...rowLinkProps}>
          {children}
        </Link>
      )}
      selectedId={selectedId}
      empty={null}
    />
  );
}
