import { useEffect, useState } from 'react';
import { useCall } from '../../api/queries.ts';
import { ConfirmByName } from '../../components/confirm-by-name.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useLiveState } from '../../live/live-provider.tsx';
import { useCan, useSession } from '../session/session.ts';
import classes from './frame.module.css';

/** A loss shorter than this is only shown by the dot. */
const WORTH_A_BANNER_MS = 4_000;

export function AwayBanner() {
  const { live } = useText();
  const formats = useFormats();
  const state = useLiveState();
  const away = state.status === 'away';
  const [long, setLong] = useState(false);
  useEffect(() => {
    if (!away) {
      setLong(false);
      return;
    }
    const timer = setTimeout(() => setLong(true), WORTH_A_BANNER_MS);
    return () => clearTimeout(timer);
  }, [away]);
  if (!away || !long) return null;
  return (
    <div className={classes.banner} data-tone="warn" role="status">
      {live.awayBanner(formats.clock(state.since))}
    </div>
  );
}

export function DemoBanner({ narrow }: { narrow: boolean }) {
  const { demo } = useText();
  const { tenant } = useSession();
  const mayRemove = useCan('tenant.manage');
  const [asking, setAsking] = useState(false);
  const remove = useCall('removeDemo', ({ setupUrl }) => {
    // The link may name another host than the one this page came from, such as behind a proxy: stay on ours.
    const target = new URL(setupUrl ?? '/sign-in', location.href);
    location.assign(target.pathname + target.search);
  });
  return (
    <aside className={classes.banner} data-tone="demo" aria-label={demo.label}>
      {narrow ? demo.label : demo.banner}
      {mayRemove && (
        <button type="button" className={classes.bannerAction} onClick={() => setAsking(true)}>
          {demo.remove}
        </button>
      )}
      {asking && (
        <ConfirmByName
          title={demo.title}
          what={demo.what}
          label={demo.typeName(tenant.name)}
          name={tenant.name}
          confirm={demo.confirm}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({})}
          onClose={() => setAsking(false)}
        />
      )}
    </aside>
  );
}
