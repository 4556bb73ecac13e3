import {
  IconAlertTriangle,
  IconBuildingStore,
  IconCircleCheck,
  IconPackage,
  IconReceipt,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Dashboard } from '@tradepost/contracts';
import { Figure } from '../../components/figures.tsx';
import { useText } from '../../i18n/locale.tsx';
import classes from './today.module.css';

/** What needs a person, each a way to it; one friendly line when nothing does. */
export function Attention({ attention }: { attention: Dashboard['attention'] }) {
  const { today } = useText();
  const { backorderedOrders, failingAccounts, lowStock, deadTasks } = attention;
  if (backorderedOrders + failingAccounts + lowStock + deadTasks === 0) {
    return (
      <p className={classes.calm}>
        <IconCircleCheck size={18} aria-hidden />
        {today.nothing}
      </p>
    );
  }
  return (
    <section aria-label={today.attention} className={classes.attention}>
      {failingAccounts > 0 && (
        <Link to="/marketplaces" className={classes.need} data-tone="bad">
          <IconBuildingStore size={18} aria-hidden />
          <Need count={failingAccounts} words={today.failing(failingAccounts)} />
        </Link>
      )}
      {deadTasks > 0 && (
        <Link to="/tasks" search={{ status: 'failed' }} className={classes.need} data-tone="bad">
          <IconAlertTriangle size={18} aria-hidden />
          <Need count={deadTasks} words={today.dead(deadTasks)} />
        </Link>
      )}
      {backorderedOrders > 0 && (
        <Link to="/orders" search={{ status: 'backordered' }} className={classes.need} data-tone="warn">
          <IconReceipt size={18} aria-hidden />
          <Need count={backorderedOrders} words={today.backordered(backorderedOrders)} />
        </Link>
      )}
      {lowStock > 0 && (
        <Link to="/stock" search={{ low: true }} className={classes.need} data-tone="warn">
          <IconPackage size={18} aria-hidden />
          <Need count={lowStock} words={today.low(lowStock)} />
        </Link>
      )}
    </section>
  );
}

function Need({ count, words }: { count: number; words: string }) {
  return (
    <>
      <span className={classes.needCount}>
        <Figure value={count} />
      </span>
      <span>{words}</span>
    </>
  );
}
