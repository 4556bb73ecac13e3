/** A state as icon and word, never as colour alone. What needs a person stands on a ground; the rest stays quiet. */
import {
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleDot,
  IconCircleX,
  IconClock,
  IconLoader2,
  IconPlayerPause,
  IconRotateClockwise,
  IconTruck,
  IconTruckReturn,
} from '@tabler/icons-react';
import type { accountHealth, OrderState, runOutcomes, TaskState } from '@tradepost/contracts';
import { useText } from '../i18n/locale.tsx';
import classes from './status-badge.module.css';

type Tone = 'quiet' | 'accent' | 'good' | 'warn' | 'bad';

const looks = {
  new: [IconCircleDashed, 'accent'],
  waiting: [IconClock, 'quiet'],
  running: [IconLoader2, 'accent'],
  progress: [IconCircleDot, 'accent'],
  again: [IconRotateClockwise, 'warn'],
  done: [IconCircleCheck, 'good'],
  alert: [IconAlertTriangle, 'warn'],
  failed: [IconCircleX, 'bad'],
  ended: [IconBan, 'quiet'],
  paused: [IconPlayerPause, 'quiet'],
  coming: [IconTruck, 'quiet'],
  back: [IconTruckReturn, 'quiet'],
} as const satisfies Record<string, readonly [unknown, Tone]>;
export type Look = keyof typeof looks;

export function StatusBadge({ look, children }: { look: Look; children: string }) {
  const [Icon, tone] = looks[look];
  return (
    <span className={classes.badge} data-tone={tone} data-look={look}>
      <Icon size={14} stroke={2} aria-hidden className={classes.icon} />
      <span className={classes.word}>{children}</span>
    </span>
  );
}

const orderLooks: Record<OrderState, Look> = {
  new: 'new',
  backordered: 'alert',
  in_progress: 'progress',
  prepared: 'progress',
  finalized: 'done',
  cancelled: 'ended',
  returned: 'back',
};

export function OrderStatus({ status }: { status: OrderState }) {
  return <StatusBadge look={orderLooks[status]}>{useText().orders.states[status]}</StatusBadge>;
}

const taskLooks: Record<TaskState, Look> = {
  queued: 'waiting',
  running: 'running',
  retrying: 'again',
  completed: 'done',
  failed: 'failed',
  cancelled: 'ended',
};

export function TaskStatus({ status, stopping = false }: { status: TaskState; stopping?: boolean }) {
  const { tasks } = useText();
  if (stopping && status === 'running') return <StatusBadge look="running">{tasks.stopping}</StatusBadge>;
  return <StatusBadge look={taskLooks[status]}>{tasks.states[status]}</StatusBadge>;
}

const runLooks: Record<(typeof runOutcomes)[number], Look> = {
  running: 'running',
  completed: 'done',
  failed: 'failed',
};

export function RunOutcome({ outcome }: { outcome: (typeof runOutcomes)[number] }) {
  return <StatusBadge look={runLooks[outcome]}>{useText().marketplaces.outcomes[outcome]}</StatusBadge>;
}

const healthLooks: Record<(typeof accountHealth)[number], Look> = {
  ok: 'done',
  failing: 'failed',
  never_run: 'waiting',
  disabled: 'paused',
};

export function AccountHealth({ health }: { health: (typeof accountHealth)[number] }) {
  return <StatusBadge look={healthLooks[health]}>{useText().marketplaces.healths[health]}</StatusBadge>;
}

interface StockFigures {
  onHand: number;
  available: number;
  incoming: number;
  low: boolean;
}

export function StockState({ onHand, available, incoming, low }: StockFigures) {
  const { stock } = useText();
  // Nobody waits for any of it, and more comes: that is no alarm.
  if (onHand === 0 && available === 0 && incoming > 0)
    return <StatusBadge look="coming">{stock.onTheWay}</StatusBadge>;
  if (available <= 0) return <StatusBadge look="failed">{stock.out}</StatusBadge>;
  if (low) return <StatusBadge look="alert">{stock.low}</StatusBadge>;
  return <StatusBadge look="done">{stock.enough}</StatusBadge>;
}
