import { useText } from '../i18n/locale.tsx';
import classes from './brand.module.css';

/** The mark, a signpost with goods going both ways, and the name unless there is no room for it. */
export function Brand({ compact = false }: { compact?: boolean }) {
  const text = useText();
  return (
    <span className={classes.brand}>
      <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" className={classes.mark}>
        <rect width="24" height="24" rx="6" className={classes.ground} />
        <path d="M11 4.5h2v15h-2z" className={classes.post} />
        <path d="M6 6.5h10.5l2.5 2-2.5 2H6z" className={classes.post} />
        <path d="M18 12.5H7.5l-2.5 2 2.5 2H18z" className={classes.arm} />
      </svg>
      {!compact && <span className={classes.name}>{text.product}</span>}
    </span>
  );
}
