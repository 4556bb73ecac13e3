import type { TransferState } from '@tradepost/contracts';
import { type Look, StatusBadge } from '../../components/status-badge.tsx';
import { useText } from '../../i18n/locale.tsx';

const looks: Record<TransferState, Look> = {
  sent: 'progress',
  partly_received: 'progress',
  received: 'done',
  cancelled: 'back',
};

export function TransferStatus({ status }: { status: TransferState }) {
  return <StatusBadge look={looks[status]}>{useText().transfers.states[status]}</StatusBadge>;
}

/** Whether pieces may still be on the way. */
export function isInTransit(status: TransferState): boolean {
  return status === 'sent' || status === 'partly_received';
}
