import { useFormats } from '../i18n/locale.tsx';
import classes from './timeline.module.css';

interface Entry {
  key: string;
  at: string;
  what: string;
  detail: string | null;
}

/** What happened, oldest first, each with its exact time. */
export function Timeline({ entries }: { entries: readonly Entry[] }) {
  const formats = useFormats();
  return (
    <ol className={classes.timeline}>
      {entries.map(({ key, at, what, detail }) => (
        <li key={key} className={classes.entry}>
          <span>{what}</span>
          {detail && <span className="dim">{detail}</span>}
          <time className={classes.at} dateTime={at} title={formats.exactWithUtc(new Date(at))}>
            {formats.dayAndTime(new Date(at))}
          </time>
        </li>
      ))}
    </ol>
  );
}
