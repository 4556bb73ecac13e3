import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { StockAlert } from '@tradepost/contracts';
import { CallFailed, call, newIdempotencyKey } from '../../api/call.ts';
import { toast } from '../../components/toast.ts';
import { offerUndo, toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';

const DAY_MS = 86_400_000;
export const snoozeDays = { day: 1, week: 7, month: 30 } as const;
export type Snooze = keyof typeof snoozeDays;

export type AlertAction = { kind: 'acknowledge' | 'reopen' } | { kind: 'snooze'; for: Snooze };

interface AlertActions {
  act: (action: AlertAction, alerts: readonly StockAlert[]) => void;
  busy: boolean;
}

/** What can be done with alerts, one or several, each with the way to take it back. */
export function useAlertActions(onDone?: () => void): AlertActions {
  const { alerts: words } = useText();
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ['listAlerts'] });
  const mutation = useMutation({
    mutationFn: ({ action, alerts }: { action: AlertAction; alerts: readonly StockAlert[] }) =>
      eachOf(alerts, (alert) => carryOut(action, alert)),
    onSuccess: (done, { action }) => {
      onDone?.();
      void refresh();
      const said = { acknowledge: words.acknowledged, snooze: words.snoozed, reopen: words.reopened };
      const message = said[action.kind](done.length);
      if (action.kind === 'reopen') return toast(message);
      offerUndo(message, async () => {
        const again = await eachOf(done, (alert) => carryOut({ kind: 'reopen' }, alert));
        await refresh();
        toast(words.reopened(again.length));
      });
    },
    onError: (error) => {
      void refresh();
      toastError(error);
    },
  });
  return { act: (action, alerts) => mutation.mutate({ action, alerts }), busy: mutation.isPending };
}

function carryOut(action: AlertAction, { id }: StockAlert): Promise<StockAlert> {
  const params = { id };
  const options = { idempotencyKey: newIdempotencyKey() };
  switch (action.kind) {
    case 'acknowledge':
      return call('acknowledgeAlert', { params }, options);
    case 'reopen':
      return call('reopenAlert', { params }, options);
    case 'snooze': {
      const until = new Date(Date.now() + snoozeDays[action.for] * DAY_MS).toISOString();
      return call('snoozeAlert', { params, body: { until } }, options);
    }
  }
}

/** One after the other. An alert that was over meanwhile is passed over; any other failure ends the rest. */
async function eachOf(
  alerts: readonly StockAlert[],
  act: (alert: StockAlert) => Promise<StockAlert>,
): Promise<StockAlert[]> {
  const done: StockAlert[] = [];
  for (const alert of alerts) {
    try {
      done.push(await act(alert));
    } catch (error) {
      if (!(error instanceof CallFailed) || (error.status !== 409 && error.status !== 404)) throw error;
    }
  }
  return done;
}
