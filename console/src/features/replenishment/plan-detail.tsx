import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { ReorderPlan } from '@tradepost/contracts';
import type { ReactNode } from 'react';
import { query } from '../../api/queries.ts';
import { Figure, Money, Sku, When } from '../../components/figures.tsx';
import { BackMark, Detail, Facts, Section } from '../../components/page.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';
import { DraftSelected } from './draft-selected.tsx';
import { explain, perDay } from './explain.ts';
import classes from './replenishment.module.css';
import { Decision } from './replenishment-page.tsx';
import { Rule } from './rule.tsx';

export const Route = createLazyRoute('/frame/purchasing/$variantId')({ component: PlanDetail });

function PlanDetail() {
  const { replenishment } = useText();
  const { variantId } = Route.useParams();
  const { data, error, refetch } = useQuery(query('getReorderPlan', { params: { variantId } }));
  const close = (
    <Link to="/purchasing" search data-close-detail>
      <BackMark />
    </Link>
  );
  if (data === undefined) {
    return (
      <Detail tabTitle={replenishment.item} close={close}>
        {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Lines count={8} />}
      </Detail>
    );
  }
  return <Loaded key={data.variantId} plan={data} close={close} />;
}

function Loaded({ plan, close }: { plan: ReorderPlan; close: ReactNode }) {
  const text = useText();
  const { replenishment, purchasing, suppliers } = text;
  const formats = useFormats();
  const mayWrite = useCan('purchasing.write');
  const none = <span className="dim">{replenishment.noSupplier}</span>;
  return (
    <Detail
      tabTitle={plan.name}
      state={<Decision decision={plan.decision} />}
      actions={mayWrite && plan.orderQuantity > 0 && <DraftSelected plans={[plan]} onDone={() => {}} />}
      close={close}
    >
      <p className={classes.sentence}>{explain(plan, text, formats)}</p>
      <BacktestWords plan={plan} />
      <Section title={replenishment.figures} aside={<Computed at={plan.computedAt} />}>
        <Facts
          items={[
            ['SKU', <Sku key="sku" value={plan.sku} />],
            [
              suppliers.supplier,
              plan.supplierId === null ? (
                none
              ) : (
                <Link
                  key="supplier"
                  to="/purchasing/suppliers/$supplierId"
                  params={{ supplierId: plan.supplierId }}
                  className="link"
                >
                  {plan.supplierName}
                </Link>
              ),
            ],
            [replenishment.dailySales, formats.number(perDay(plan.dailyMean))],
            [replenishment.spread, `± ${formats.number(perDay(plan.dailyDeviation))}`],
            [replenishment.history, purchasing.days(plan.historyDays)],
            [suppliers.leadTime, purchasing.days(plan.leadTimeDays)],
            [replenishment.orderAt, <Figure key="point" value={plan.reorderPoint} />],
            [replenishment.upTo, <Figure key="upTo" value={plan.orderUpTo} />],
            [replenishment.available, <Figure key="available" value={plan.onHand - plan.reserved} />],
            [replenishment.incoming, <Figure key="incoming" value={plan.incoming} />],
            [replenishment.inDraftOrders, <Figure key="drafted" value={plan.drafted} />],
            ...(plan.unitCostMinor !== null && plan.currency !== null
              ? [
                  [
                    suppliers.price,
                    <Money key="price" minor={plan.unitCostMinor} currency={plan.currency} />,
                  ] as const,
                ]
              : []),
          ]}
        />
      </Section>
      <p className={classes.links}>
        <Link to="/stock/$sku" params={{ sku: plan.sku }} className="link">
          {replenishment.openStock}
        </Link>
        <Link to="/purchasing/orders" search={{ variant: plan.variantId }} className="link">
          {replenishment.openOrders}
        </Link>
      </p>
      <Section title={replenishment.rule}>
        <Rule key={JSON.stringify(plan.rule)} plan={plan} mayWrite={mayWrite} />
      </Section>
    </Detail>
  );
}

function Computed({ at }: { at: string }) {
  return (
    <>
      {useText().replenishment.computed} <When at={at} />
    </>
  );
}

/** How the same rule would have done on the item's own past. */
function BacktestWords({ plan }: { plan: ReorderPlan }) {
  const { replenishment } = useText();
  const formats = useFormats();
  const { backtest } = plan;
  if (backtest === null)
    return (
      <p className={classes.backtest} data-untried>
        {replenishment.noBacktest}
      </p>
    );
  const percent = (value: number) => formats.percent(value / 100);
  return (
    <p
      className={classes.backtest}
      data-short={backtest.achievedPercent < backtest.targetPercent || undefined}
    >
      <b>{replenishment.backtest}</b>{' '}
      {replenishment.backtestWords(percent(backtest.achievedPercent), formats.number(backtest.windows))}{' '}
      {replenishment.backtestTarget(percent(backtest.targetPercent))}{' '}
      {replenishment.backtestPoint(formats.number(Math.round(backtest.averageReorderPoint)))}
    </p>
  );
}
