/** What a screen shows when there is nothing, when something failed, and while it loads. */
import { Button, Skeleton } from '@mantine/core';
import { IconAlertTriangle, IconCloudOff, IconLock, IconMoodEmpty } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { CallFailed } from '../api/call.ts';
import { describeProblem } from '../api/problems.ts';
import { useFormats, useText } from '../i18n/locale.tsx';
import { Copyable } from './figures.tsx';
import classes from './states.module.css';

interface EmptyProps {
  icon?: ReactNode;
  title: string;
  help: string;
  /** The one step that gets something here. */
  action?: ReactNode;
}

export function EmptyState({ icon, title, help, action }: EmptyProps) {
  return (
    <div className={classes.state}>
      <span className={classes.icon}>{icon ?? <IconMoodEmpty size={28} stroke={1.5} aria-hidden />}</span>
      <p className={classes.title}>{title}</p>
      <p className={classes.help}>{help}</p>
      {action}
    </div>
  );
}

/** What happened, what was kept, what to do, and the request id to copy. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const text = useText();
  const formats = useFormats();
  const words = describeProblem(error, text, formats);
  const Icon =
    words.kind === 'unreachable' ? IconCloudOff : words.kind === 'forbidden' ? IconLock : IconAlertTriangle;
  return (
    <div className={classes.state} role="alert">
      <span className={classes.icon}>
        <Icon size={28} stroke={1.5} aria-hidden />
      </span>
      <p className={classes.title}>{words.title}</p>
      <p className={classes.help}>
        {words.kept} {words.help}
      </p>
      {onRetry && words.kind !== 'notFound' && words.kind !== 'forbidden' && (
        <Button variant="default" onClick={onRetry}>
          {text.actions.retry}
        </Button>
      )}
      <RequestId error={error} />
    </div>
  );
}

/** The same inside a form: short, above its buttons. */
export function ErrorNote({ error }: { error: unknown }) {
  const text = useText();
  const formats = useFormats();
  if (!error) return null;
  const words = describeProblem(error, text, formats);
  return (
    <div className={classes.note} role="alert">
      <IconAlertTriangle size={16} aria-hidden className={classes.noteIcon} />
      <div>
        <p className={classes.noteTitle}>{words.title}</p>
        {words.lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
        {words.detail && (
          <p>
            {text.problems.detail}: <span lang="en">{words.detail}</span>
          </p>
        )}
        <p>
          {words.kept} {words.help}
        </p>
        <RequestId error={error} />
      </div>
    </div>
  );
}

function RequestId({ error }: { error: unknown }) {
  const text = useText();
  if (!(error instanceof CallFailed) || error.problem === null) return null;
  return (
    <p className={classes.requestId}>
      {text.problems.requestId} <Copyable value={error.problem.requestId} />
    </p>
  );
}

/** True once `active` has lasted 200 ms: what loads faster than that shows no skeleton. */
export function useSlow(active: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!active) {
      setSlow(false);
      return;
    }
    const timer = setTimeout(() => setSlow(true), 200);
    return () => clearTimeout(timer);
  }, [active]);
  return active && slow;
}

/** Lines in the place of what loads, so the layout holds. */
export function Lines({ count, height = 36 }: { count: number; height?: number }) {
  const slow = useSlow(true);
  return (
    <div className={classes.lines} aria-hidden data-loading style={{ minHeight: count * height }}>
      {slow &&
        Array.from({ length: count }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike and never move
          <div key={index} className={classes.line} style={{ height }}>
            <Skeleton height={12} width={`${88 - ((index * 17) % 40)}%`} />
          </div>
        ))}
    </div>
  );
}
