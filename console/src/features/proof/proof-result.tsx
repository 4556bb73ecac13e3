import { Link } from '@tanstack/react-router';
import type { ProofCheck, ProofReport, Task } from '@tradepost/contracts';
import { When } from '../../components/figures.tsx';
import { Section } from '../../components/page.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './proof.module.css';
import { Verdict } from './verdict.tsx';

/** What a proof found: the answer, how fast it went, and each rule with what was looked at. */
export function ProofResult({ task, report }: { task: Task; report: ProofReport }) {
  const { proof } = useText();
  const { number, duration } = useFormats();
  const aside = (
    <>
      <When at={task.finishedAt} /> · {proof.killed(report.killed)} ·{' '}
      <Link to="/tasks/$taskId" params={{ taskId: task.id }} className="link">
        {proof.report}
      </Link>
    </>
  );
  const figures = [
    [proof.perSecond, report.requestsPerSecond, proof.took(duration(report.seconds * 1000))],
    [proof.reserved, report.reserved, proof.refused(number(report.refused))],
    [proof.ended, report.confirmed, proof.endedNote(number(report.released), number(report.expired))],
    [proof.repeated, report.repeated, ''],
  ] as const;
  return (
    <>
      {report.holds ? (
        <Verdict tone="good" title={proof.holds} aside={aside}>
          <p>{proof.holdsWords(proof.buyersCount(report.buyers), proof.piecesCount(report.pieces))}</p>
        </Verdict>
      ) : (
        <Verdict tone="bad" title={proof.breached} aside={aside}>
          <p>{proof.breachedWords}</p>
        </Verdict>
      )}
      <dl className={classes.figures}>
        {figures.map(([term, value, note]) => (
          <div key={term} className={classes.figure}>
            <dt>{term}</dt>
            <dd className={classes.value}>{number(value)}</dd>
            {note && <dd className={classes.aside}>{note}</dd>}
          </div>
        ))}
      </dl>
      <Section title={proof.checked}>
        <ul className={classes.checks}>
          {report.checks.map((check) => (
            <Check key={check.rule ?? check.name} check={check} />
          ))}
        </ul>
      </Section>
    </>
  );
}

function Check({ check }: { check: ProofCheck }) {
  const { proof } = useText();
  const { number } = useFormats();
  return (
    <li className={classes.check}>
      <StatusBadge look={check.holds ? 'done' : 'failed'}>
        {check.holds ? proof.holds : proof.breached}
      </StatusBadge>
      {/* Proofs kept from before the rules had names of their own say them in English. */}
      <span>{proof.rules[check.rule] ?? check.name}</span>
      <span className={classes.aside}>{proof.checks(number(check.checked))}</span>
      {check.breaches.length > 0 && (
        <ul className={classes.breaches} aria-label={proof.more(number(check.breaches.length))} lang="en">
          {check.breaches.map((breach) => (
            <li key={breach}>{breach}</li>
          ))}
        </ul>
      )}
    </li>
  );
}
