/** The daily proof of the ledger: when it was last made, what did not add up, and its repair. */
import { Button } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { LedgerReport, Task } from '@tradepost/contracts';
import { useState } from 'react';
import { query, useCall } from '../../api/queries.ts';
import { When } from '../../components/figures.tsx';
import { Section } from '../../components/page.tsx';
import { EmptyState, ErrorNote, ErrorState, Lines } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import { TaskStrip, useTask } from '../tasks/task-strip.tsx';
import { isLive } from '../tasks/task-words.tsx';
import { Drifts, Repairs } from './drifts.tsx';
import { Part } from './part.tsx';
import { Verdict } from './verdict.tsx';

export function Ledger() {
  const { proof } = useText();
  const mayCheck = useCan('inventory.write');
  const [begun, setBegun] = useState<Task | null>(null);
  const task = useTask(begun);
  const check = useCall('checkLedger', (answer) => setBegun(answer));
  // As many as can be repaired by one press; what is left shows after it.
  const open = useQuery(query('getLedgerReport', { query: { state: 'open', limit: 100 } }));
  const repaired = useQuery(query('getLedgerReport', { query: { state: 'repaired', limit: 20 } }));
  return (
    <Part
      title={proof.books}
      lead={proof.booksLead}
      action={
        mayCheck && (
          <Button
            variant="default"
            loading={check.isPending || (task !== null && isLive(task))}
            onClick={() => check.mutate({})}
          >
            {proof.check}
          </Button>
        )
      }
    >
      <ErrorNote error={check.error} />
      {task !== null && task.status !== 'completed' && <TaskStrip task={task} />}
      {open.data === undefined ? (
        open.error ? (
          <ErrorState error={open.error} onRetry={() => void open.refetch()} />
        ) : (
          <Lines count={3} />
        )
      ) : (
        <Books report={open.data} />
      )}
      {repaired.data !== undefined && repaired.data.items.length > 0 && (
        <Section title={proof.repairs}>
          <Repairs drifts={repaired.data.items} />
        </Section>
      )}
    </Part>
  );
}

function Books({ report }: { report: LedgerReport }) {
  const { proof } = useText();
  const { checkedAt, levels, movements, open, items } = report;
  if (checkedAt === null && open === 0)
    return (
      <EmptyState
        icon={<IconShieldCheck size={28} stroke={1.5} aria-hidden />}
        title={proof.notChecked.title}
        help={proof.notChecked.help}
      />
    );
  const aside = (
    <>
      {proof.checkedAt} <When at={checkedAt} /> ·{' '}
      {proof.scope(proof.levels(levels), proof.movements(movements))}
    </>
  );
  if (open === 0) return <Verdict tone="good" title={proof.clean} aside={aside} />;
  return (
    <>
      <Verdict tone="warn" title={proof.drifts(open)} aside={aside}>
        <p>{proof.driftsHelp}</p>
      </Verdict>
      <Drifts drifts={items} />
    </>
  );
}
