import { Button } from '@mantine/core';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { StockLevel } from '@tradepost/contracts';
import { useState } from 'react';
import { Copyable, Figure, When } from '../../components/figures.tsx';
import { BackMark, Detail, Facts, Section } from '../../components/page.tsx';
import { EmptyState, ErrorState, Lines } from '../../components/states.tsx';
import { StockState } from '../../components/status-badge.tsx';
import { useText } from '../../i18n/locale.tsx';
import { ExportMenu } from '../imports/export-menu.tsx';
import { useLocations } from '../locations/use-locations.ts';
import { useRemember } from '../palette/recent.ts';
import { useCan } from '../session/session.ts';
import { GlanceBack } from '../time-machine/glance-back.tsx';
import { SendDialog } from '../transfers/send-dialog.tsx';
import { AdjustDialog } from './adjust-dialog.tsx';
import { LevelTable } from './level-table.tsx';
import { LimitsDialog } from './limits-dialog.tsx';
import { Movements } from './movements.tsx';
import { useLevels } from './use-levels.ts';

export const Route = createLazyRoute('/frame/stock/$sku')({ component: StockDetail });

function StockDetail() {
  const { problems } = useText();
  const { sku } = Route.useParams();
  const { level: opened } = Route.useSearch();
  const { levels, error, refetch } = useLevels(sku);
  useRemember('stock', sku, levels?.[0]?.name, sku);
  const { byRank } = useLocations();
  const sorted = levels && byRank(levels);
  const level = sorted?.find(({ location }) => location === opened) ?? sorted?.[0];
  const close = (
    <Link to="/stock" search={({ level: _, ...filters }) => filters} data-close-detail>
      <BackMark />
    </Link>
  );
  if (sorted === undefined || level === undefined) {
    return (
      <Detail tabTitle={sku} close={close}>
        {sorted !== undefined ? (
          <EmptyState
            title={problems.notFound.title}
            help={`${problems.notFound.kept} ${problems.notFound.help}`}
          />
        ) : error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <Lines count={8} />
        )}
      </Detail>
    );
  }
  return <Item levels={sorted} level={level} close={close} />;
}

interface ItemProps {
  levels: readonly StockLevel[];
  /** The one whose figures and limits are shown. */
  level: StockLevel;
  close: React.ReactNode;
}

function Item({ levels, level, close }: ItemProps) {
  const { stock, transfers, timeMachine } = useText();
  const mayWrite = useCan('inventory.write');
  const mayManage = useCan('inventory.manage');
  const maySeeProduct = useCan('products.read');
  const { several, nameOf } = useLocations();
  const [asking, setAsking] = useState<'adjust' | 'send' | 'limits' | null>(null);
  const done = () => setAsking(null);
  const where = levels.length > 1 ? nameOf(level.location) : null;
  return (
    <Detail
      tabTitle={level.sku}
      name={level.name}
      state={
        <StockState
          onHand={sum(levels, 'onHand')}
          available={sum(levels, 'available')}
          incoming={sum(levels, 'incoming')}
          low={levels.every(({ low }) => low)}
        />
      }
      actions={
        mayWrite && (
          <>
            {several && (
              <Button variant="default" onClick={() => setAsking('send')}>
                {transfers.one}
              </Button>
            )}
            <Button onClick={() => setAsking('adjust')}>{stock.adjust}</Button>
          </>
        )
      }
      close={close}
    >
      {levels.length > 1 && (
        <Section
          title={stock.perLocation}
          aside={
            <>
              {stock.allLocations}: {stock.onHand} <Figure value={sum(levels, 'onHand')} /> ·{' '}
              {stock.available} <Figure value={sum(levels, 'available')} />
            </>
          }
        >
          <LevelTable levels={levels} opened={level.location} />
        </Section>
      )}
      <Section
        title={where ?? stock.facts}
        aside={
          mayManage && (
            <Button variant="subtle" size="compact-xs" onClick={() => setAsking('limits')}>
              {stock.limits}
            </Button>
          )
        }
      >
        <Facts
          items={[
            [stock.sku, <Copyable key="sku" value={level.sku} />],
            [
              maySeeProduct ? stock.product : stock.location,
              maySeeProduct ? (
                <Link
                  key="product"
                  to="/products/$productId"
                  params={{ productId: level.productId }}
                  className="link"
                >
                  {level.name}
                </Link>
              ) : (
                nameOf(level.location)
              ),
            ],
            [stock.onHand, <Figure key="onHand" value={level.onHand} />],
            [stock.available, <Figure key="available" value={level.available} />],
            [stock.reserved, <Figure key="reserved" value={level.reserved} />],
            [stock.incoming, <Figure key="incoming" value={level.incoming} />],
            [stock.lowAt, <Figure key="lowAt" value={level.lowStockThreshold} />],
            [stock.buffer, <Figure key="buffer" value={level.safetyBuffer} />],
            [stock.changed, <When key="changed" at={level.updatedAt} />],
            ...(several && where === null ? [[stock.location, nameOf(level.location)] as const] : []),
          ]}
        />
      </Section>
      <Section
        title={timeMachine.title}
        aside={
          <Link
            to="/time-machine/$sku"
            params={{ sku: level.sku }}
            search={where === null ? {} : { location: level.location }}
            className="link"
          >
            {timeMachine.open}
          </Link>
        }
      >
        <GlanceBack sku={level.sku} location={level.location} />
      </Section>
      <Section
        title={stock.movements}
        aside={
          <>
            {where} <ExportMenu operation="exportMovements" query={{ sku: level.sku }} compact />
          </>
        }
      >
        <Movements sku={level.sku} location={where === null ? undefined : level.location} />
      </Section>
      {asking === 'adjust' && <AdjustDialog level={level} onClose={done} />}
      {asking === 'send' && <SendDialog level={level} onClose={done} />}
      {asking === 'limits' && <LimitsDialog level={level} onClose={done} />}
    </Detail>
  );
}

function sum(levels: readonly StockLevel[], figure: 'onHand' | 'available' | 'incoming'): number {
  return levels.reduce((total, level) => total + level[figure], 0);
}
