/** Figures that do not add up, and what is done about each: said beforehand, done by one press. */
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { LedgerRepaired, StockDrift } from '@tradepost/contracts';
import { useCall } from '../../api/queries.ts';
import type { Column } from '../../components/data-row.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { When } from '../../components/figures.tsx';
import { toast } from '../../components/toast.ts';
import { toastError } from '../../components/undo.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';
import { useCan } from '../session/session.ts';
import classes from './proof.module.css';

export function Drifts({ drifts }: { drifts: StockDrift[] }) {
  const { proof } = useText();
  const mayRepair = useCan('inventory.manage');
  const sayDone = useSayDone();
  const repair = useCall('repairLedger', sayDone);
  const start = (which: StockDrift[]) =>
    repair.mutate({ body: { ids: which.map(({ id }) => id) } }, { onError: toastError });
  const columns = [
    ...useDriftColumns(),
    {
      key: 'repair',
      header: proof.repair,
      headerHidden: true,
      width: '84px',
      align: 'right' as const,
      cell: (drift: StockDrift) =>
        mayRepair && (
          <Button
            size="compact-sm"
            variant="light"
            aria-label={proof.repairOf(drift.sku)}
            disabled={repair.isPending}
            onClick={() => start([drift])}
          >
            {proof.repair}
          </Button>
        ),
      card: 'aside' as const,
    },
  ];
  return (
    <>
      <DataTable
        mode="card"
        label={proof.what}
        rows={drifts}
        columns={columns}
        rowId={({ id }) => id}
        empty={null}
      />
      {mayRepair && drifts.length > 1 && (
        <div>
          <Button loading={repair.isPending} onClick={() => start(drifts)}>
            {proof.repairAll(drifts.length)}
          </Button>
        </div>
      )}
    </>
  );
}

function useSayDone(): (answer: LedgerRepaired) => void {
  const { proof } = useText();
  return ({ repaired, refused }) => {
    const gone = refused.filter(({ reason }) => reason === 'gone').length;
    const above = refused.length - gone;
    const done = [
      ...(repaired.length > 0 ? [proof.repaired(repaired.length)] : []),
      ...(gone > 0 ? [proof.gone(gone)] : []),
    ];
    if (done.length > 0) toast(done.join(' · '));
    if (above > 0) toast(proof.aboveOnHand(above));
  };
}

export function Repairs({ drifts }: { drifts: StockDrift[] }) {
  const { proof } = useText();
  const columns: readonly Column<StockDrift>[] = [
    ...useDriftColumns(),
    {
      key: 'repaired',
      header: proof.repairedAt,
      width: 'minmax(84px, 0.6fr)',
      cell: ({ repairedAt }) => <When at={repairedAt} />,
      card: 'aside',
    },
    {
      key: 'by',
      header: proof.by,
      width: 'minmax(80px, 0.6fr)',
      cell: ({ repairedByName }) => repairedByName ?? proof.bySystem,
      from: 720,
      card: 'hidden',
    },
  ];
  return (
    <DataTable
      mode="card"
      label={proof.repairs}
      rows={drifts}
      columns={columns}
      rowId={({ id }) => id}
      empty={null}
    />
  );
}

/** Which figure it is, and what is wrong with it. */
function useDriftColumns(): readonly Column<StockDrift>[] {
  const { proof } = useText();
  const { number } = useFormats();
  const { several, nameOf } = useLocations();
  return [
    {
      key: 'item',
      header: proof.item,
      width: 'minmax(120px, 1fr)',
      cell: ({ sku, name, location, repairedAt, foundAt }) => (
        <Link
          to="/time-machine/$sku"
          params={{ sku }}
          search={{ location, at: repairedAt ?? foundAt }}
          className="link"
          title={name}
        >
          <span className="mono">{sku}</span>
          {several && <span className={classes.location}> · {nameOf(location)}</span>}
        </Link>
      ),
      card: 'title',
    },
    {
      key: 'what',
      header: proof.what,
      width: 'minmax(220px, 2.6fr)',
      cell: ({ kind, actual, expected }) => proof.kinds[kind](number(actual), number(expected)),
      card: 'line',
    },
    {
      key: 'remedy',
      header: proof.remedy,
      width: 'minmax(180px, 2fr)',
      cell: (drift) => <Remedy drift={drift} />,
      from: 900,
      card: 'hidden',
    },
    {
      key: 'found',
      header: proof.found,
      width: 'minmax(84px, 0.6fr)',
      cell: ({ foundAt }) => <When at={foundAt} />,
      from: 620,
      card: 'hidden',
    },
  ];
}

function Remedy({ drift: { kind, actual, expected } }: { drift: StockDrift }) {
  const { proof } = useText();
  const { number } = useFormats();
  const by = actual - expected;
  if (kind === 'on_hand')
    return proof.remedies.on_hand(`${by > 0 ? '+' : '−'}${number(Math.abs(by))}`, number(actual));
  if (kind === 'reserved') return proof.remedies.reserved(number(expected));
  return proof.remedies.chain;
}
