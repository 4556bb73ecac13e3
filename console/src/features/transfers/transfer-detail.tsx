import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import type { Transfer, TransferLine } from '@tradepost/contracts';
import { type ReactNode, useState } from 'react';
import { query, useCall } from '../../api/queries.ts';
import { FigureTable } from '../../components/figure-table.tsx';
import { Figure, When } from '../../components/figures.tsx';
import { BackMark, Detail, Facts, Section } from '../../components/page.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { offerUndo, toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useLocations } from '../locations/use-locations.ts';
import { useCan } from '../session/session.ts';
import { ReceiveDialog } from './receive-dialog.tsx';
import { isInTransit, TransferStatus } from './transfer-words.tsx';
import classes from './transfers.module.css';

export const Route = createLazyRoute('/frame/transfers/$transferId')({ component: TransferDetail });

function TransferDetail() {
  const { transfers } = useText();
  const { transferId } = Route.useParams();
  const found = useQuery(query('getTransfer', { params: { id: transferId } }));
  const close = (
    <Link to="/transfers" search data-close-detail>
      <BackMark />
    </Link>
  );
  if (found.data === undefined) {
    return (
      <Detail tabTitle={transfers.one} close={close}>
        {found.error ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <Lines count={8} />
        )}
      </Detail>
    );
  }
  return <Found transfer={found.data} close={close} />;
}

function Found({ transfer, close }: { transfer: Transfer; close: ReactNode }) {
  const { transfers } = useText();
  const { nameOf } = useLocations();
  const mayWrite = useCan('inventory.write');
  const [receiving, setReceiving] = useState(false);
  const bringBack = useBringBack(transfer);
  const moving = isInTransit(transfer.status);
  return (
    <Detail
      tabTitle={transfers.name(nameOf(transfer.from), nameOf(transfer.to))}
      state={<TransferStatus status={transfer.status} />}
      actions={
        mayWrite &&
        moving && (
          <>
            <Button variant="default" loading={bringBack.isPending} onClick={bringBack.act}>
              {transfers.bringBack}
            </Button>
            <Button onClick={() => setReceiving(true)}>{transfers.receive}</Button>
          </>
        )
      }
      close={close}
    >
      <Section title={transfers.one}>
        <Facts
          items={[
            [transfers.from, nameOf(transfer.from)],
            [transfers.to, nameOf(transfer.to)],
            [transfers.pieces, <Figure key="pieces" value={transfer.quantity} />],
            [transfers.inTransit, <Figure key="inTransit" value={transfer.inTransit} />],
            [transfers.received, <Figure key="received" value={transfer.received} />],
            [transfers.lost, <Figure key="lost" value={transfer.lost} />],
            [transfers.sentAt, <When key="sent" at={transfer.sentAt} />],
            ...(transfer.receivedAt
              ? [[transfers.receivedAt, <When key="done" at={transfer.receivedAt} />] as const]
              : []),
            ...(transfer.cancelledAt
              ? [[transfers.cancelledAt, <When key="back" at={transfer.cancelledAt} />] as const]
              : []),
            ...(transfer.note ? [[transfers.noteShort, transfer.note] as const] : []),
          ]}
        />
      </Section>
      <Section title={transfers.lines}>
        <TransferLines lines={transfer.lines} />
      </Section>
      {transfer.receipts.length > 0 && (
        <Section title={transfers.receipts}>
          <Receipts transfer={transfer} />
        </Section>
      )}
      {receiving && <ReceiveDialog transfer={transfer} onClose={() => setReceiving(false)} />}
    </Detail>
  );
}

/** What is still on the way goes back; undoing that sends the same again, as a new transfer. */
function useBringBack(transfer: Transfer): { act: () => void; isPending: boolean } {
  const { transfers } = useText();
  const sendAgain = useCall('createTransfer', () => toast(transfers.sentAgain));
  const cancel = useCall('cancelTransfer', () => {
    const lines = transfer.lines
      .filter(({ inTransit }) => inTransit > 0)
      .map(({ sku, inTransit }) => ({ sku, quantity: inTransit }));
    const { from, to, note } = transfer;
    offerUndo(transfers.broughtBack, () =>
      sendAgain.mutateAsync({ body: { from, to, lines, ...(note ? { note } : {}) } }),
    );
  });
  return {
    act: () => cancel.mutate({ params: { id: transfer.id } }, { onError: toastError }),
    isPending: cancel.isPending,
  };
}

function TransferLines({ lines }: { lines: readonly TransferLine[] }) {
  const { transfers, stock } = useText();
  return (
    <FigureTable
      label={transfers.lines}
      name={stock.name}
      headers={[
        ['quantity', transfers.pieces],
        ['received', transfers.received],
        ['lost', transfers.lost],
        ['inTransit', transfers.inTransit],
      ]}
      rows={lines.map((line) => ({
        key: line.variantId,
        name: (
          <Link to="/stock/$sku" params={{ sku: line.sku }} className="link">
            {line.name}
          </Link>
        ),
        note: <span className="mono">{line.sku}</span>,
        figures: line,
      }))}
    />
  );
}

/** Each time goods came: how many, what was lost and why. */
function Receipts({ transfer }: { transfer: Transfer }) {
  const { transfers } = useText();
  return (
    <ol className={classes.receipts}>
      {transfer.receipts.map((receipt) => {
        const received = receipt.lines.reduce((sum, line) => sum + line.received, 0);
        return (
          <li key={receipt.id} className={classes.receipt}>
            <span className={classes.receiptHead}>
              <span>{transfers.receipt(received)}</span>
              <When at={receipt.receivedAt} />
            </span>
            {receipt.lines
              .filter(({ lost }) => lost > 0)
              .map((line) => (
                <span key={line.variantId} className="dim">
                  <span className="mono">{line.sku}</span>: {transfers.receiptLost(line.lost)}
                  {line.reason && ` · ${line.reason}`}
                </span>
              ))}
            {receipt.note && <span className="dim">{receipt.note}</span>}
          </li>
        );
      })}
    </ol>
  );
}
