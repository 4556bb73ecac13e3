import { Tooltip } from '@mantine/core';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useLiveState } from '../../live/live-provider.tsx';
import classes from './live-dot.module.css';

/** Whether what is on the screen is live, as dot and word. */
export function LiveDot() {
  const { live } = useText();
  const formats = useFormats();
  const state = useLiveState();
  const words = {
    connecting: live.connecting,
    connected: live.connected,
    'catching-up': live.catchingUp,
    away: state.status === 'away' ? live.away(formats.clock(state.since)) : '',
  };
  return (
    <Tooltip label={live.explain[state.status]} position="bottom-end">
      <span className={classes.dot} data-status={state.status} role="status">
        {words[state.status]}
      </span>
    </Tooltip>
  );
}
