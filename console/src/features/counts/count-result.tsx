import { Link } from '@tanstack/react-router';
import type { Count } from '@tradepost/contracts';
import { Figure, Money } from '../../components/figures.tsx';
import { Facts, Section } from '../../components/page.tsx';
import { useText } from '../../i18n/locale.tsx';
import classes from './counts.module.css';

const ORDER = 'order:';

/** What the count comes to: pieces found and missing, what they cost, and whose reservations had to go. */
export function CountResult({ count }: { count: Count }) {
  const { counts } = useText();
  const uncounted = count.lineCount - count.counted;
  return (
    <>
      <Section title={counts.difference}>
        {count.status === 'reviewing' && (
          <p className={classes.lead}>
            {counts.reviewHelp} {counts.applyHelp}
          </p>
        )}
        {count.different === 0 ? (
          <p>{counts.noDifferences}</p>
        ) : (
          <Facts
            items={[
              [counts.different, <Figure key="different" value={count.different} />],
              [
                `${counts.surplus} / ${counts.missing}`,
                <span key="pieces">
                  +<Figure value={count.surplus} /> / −<Figure value={count.missing} />
                </span>,
              ],
              ...count.values.map(
                ({ currency, surplusMinor, missingMinor, withoutCost }) =>
                  [
                    `${counts.value}, ${currency}`,
                    <span key={currency}>
                      +<Money minor={surplusMinor} currency={currency} /> / −
                      <Money minor={missingMinor} currency={currency} />
                      {withoutCost > 0 && <span className="dim"> · {counts.withoutCost(withoutCost)}</span>}
                    </span>,
                  ] as const,
              ),
            ]}
          />
        )}
        {uncounted > 0 && count.status !== 'cancelled' && (
          <p className={classes.note}>{counts.uncountedHelp(uncounted)}</p>
        )}
      </Section>
      {count.givenUp.length > 0 && (
        <Section title={counts.lostHolds}>
          <p className={classes.lead}>{counts.lostHoldsHelp}</p>
          <ul className={classes.holds}>
            {count.givenUp.map(({ reservationId, reference, sku }) => (
              <li key={`${reservationId} ${sku}`}>
                <span className="mono">{sku}</span>{' '}
                {reference?.startsWith(ORDER) ? (
                  <OrderLink id={reference.slice(ORDER.length)} />
                ) : (
                  <span className="dim">{reference}</span>
                )}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}

function OrderLink({ id }: { id: string }) {
  const { orders } = useText();
  return (
    <Link to="/orders/$orderId" params={{ orderId: id }} className="link">
      {orders.order}
    </Link>
  );
}
