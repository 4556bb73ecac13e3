/** The items behind the figures: what sells most, and what lies and does not sell. */
import { Link } from '@tanstack/react-router';
import type { ReportItem, StockSales } from '@tradepost/contracts';
import { type Column, rowLinkProps } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Figure } from '../../components/figures.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { Panel } from './panel.tsx';
import classes from './report.module.css';

interface Props {
  sales: StockSales;
  currency: string;
}

export function Best({ sales, currency, among }: Props & { among: string | undefined }) {
  const { report } = useText();
  const columns = useBestColumns(currency);
  const rows = sales.best.filter(({ abc, xyz }) => among === undefined || among === `${abc}${xyz}`);
  return (
    <Panel
      title={
        among === undefined ? report.best : report.bestOf(report.classOf(among.charAt(0), among.charAt(1)))
      }
      {...(among === undefined ? {} : { help: report.bestHelp })}
    >
      <DataTable
        mode="inline"
        label={report.best}
        rows={rows}
        columns={columns}
        rowId={({ variantId }) => variantId}
        rowLink={itemLink}
        empty={<p className={classes.below}>{among === undefined ? report.noSales : report.noneInClass}</p>}
      />
    </Panel>
  );
}

export function Dead({ sales, currency }: Props) {
  const { report } = useText();
  const columns = useDeadColumns(currency);
  return (
    <Panel title={report.deadItems}>
      <DataTable
        mode="inline"
        label={report.deadItems}
        rows={sales.dead.items}
        columns={columns}
        rowId={({ variantId }) => variantId}
        rowLink={itemLink}
        empty={<p className={classes.below}>{report.noDead}</p>}
      />
    </Panel>
  );
}

function itemLink({ sku }: { sku: string }, children: React.ReactNode) {
  return (
    <Link to="/stock/$sku" params={{ sku }} {...rowLinkProps}>
      {children}
    </Link>
  );
}

function useItemColumns<T extends { name: string; sku: string }>(): readonly Column<T>[] {
  const { report } = useText();
  return [
    {
      key: 'name',
      header: report.item,
      width: 'minmax(120px, 2fr)',
      cell: (item) => item.name,
      card: 'title',
    },
    {
      key: 'sku',
      header: report.sku,
      width: 'minmax(90px, 140px)',
      cell: (item) => <span className="mono">{item.sku}</span>,
      copy: (item) => item.sku,
      card: 'line',
    },
  ];
}

function useBestColumns(currency: string): readonly Column<ReportItem>[] {
  const { report } = useText();
  const formats = useFormats();
  const tenth = (value: number) => formats.number(Math.round(value * 10) / 10);
  return [
    ...useItemColumns<ReportItem>(),
    {
      key: 'class',
      header: report.class,
      width: '56px',
      cell: ({ abc, xyz }) => `${abc}${xyz}`,
      card: 'note',
    },
    {
      key: 'pieces',
      header: report.quantity,
      width: '80px',
      align: 'right',
      cell: (item) => <Figure value={item.soldPieces} />,
      from: 460,
      card: 'hidden',
    },
    {
      key: 'weekly',
      header: report.weekly,
      width: '80px',
      align: 'right',
      cell: (item) => tenth(item.weeklyMean),
      from: 620,
      card: 'hidden',
    },
    {
      key: 'variation',
      header: report.variation,
      width: '80px',
      align: 'right',
      cell: (item) => (item.variation === null ? '' : tenth(item.variation)),
      from: 720,
      card: 'hidden',
    },
    {
      key: 'amount',
      header: report.amount,
      width: 'minmax(96px, 130px)',
      align: 'right',
      cell: (item) => formats.money(Math.round(item.soldMinor), currency),
      card: 'aside',
    },
  ];
}

type DeadItem = StockSales['dead']['items'][number];

function useDeadColumns(currency: string): readonly Column<DeadItem>[] {
  const { report, time } = useText();
  const formats = useFormats();
  return [
    ...useItemColumns<DeadItem>(),
    {
      key: 'lastSold',
      header: report.lastSold,
      width: 'minmax(96px, 120px)',
      cell: ({ lastSoldOn }) =>
        lastSoldOn === null ? <span className="dim">{time.never}</span> : formats.calendarDay(lastSoldOn),
      card: 'note',
    },
    {
      key: 'pieces',
      header: report.quantity,
      width: '80px',
      align: 'right',
      cell: (item) => <Figure value={item.pieces} />,
      from: 460,
      card: 'hidden',
    },
    {
      key: 'cost',
      header: report.cost,
      width: 'minmax(96px, 130px)',
      align: 'right',
      cell: (item) => formats.money(Math.round(item.costMinor), currency),
      card: 'aside',
    },
  ];
}
