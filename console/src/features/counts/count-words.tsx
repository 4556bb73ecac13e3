import type { CountState } from '@tradepost/contracts';
import { type Look, StatusBadge } from '../../components/status-badge.tsx';
import { useText } from '../../i18n/locale.tsx';

const looks: Record<CountState, Look> = {
  open: 'progress',
  reviewing: 'waiting',
  applying: 'running',
  applied: 'done',
  cancelled: 'ended',
};

export function CountStatus({ status }: { status: CountState }) {
  return <StatusBadge look={looks[status]}>{useText().counts.states[status]}</StatusBadge>;
}

/** With a sign on both sides, and a true minus, which is as wide as the plus. */
export function signed(amount: string, value: number): string {
  return value > 0 ? `+${amount}` : value < 0 ? `−${amount}` : amount;
}
