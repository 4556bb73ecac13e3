/**
 * Buyers of a proof in a process of their own, with its own connections and its own gatherer, as one more instance of the
 * server would have. Told what to do by its parent; says what it was answered, as soon as it is.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createStockGatherer,
  type GatheredOutcome,
  type Keyed,
  type StockGatherer,
  type StockSettings,
} from '#modules/inventory';
import { InProcessBus } from '#platform/bus';
import { systemClock } from '#platform/clock';
import { createDatabase, createPool } from '#platform/db';
import type { Buyer } from './plan.ts';

export interface BuyersOrder {
  url: string;
  tenantId: string;
  settings: StockSettings;
  buyers: Buyer[];
}

/** What a buyer was answered; it counts, whatever becomes of the process. */
export type Answered =
  | { n: number; was: 'reserved'; reservationId: string; requests: number }
  | { n: number; was: 'short'; requests: number }
  | { n: number; was: 'confirmed' | 'released' | 'expired'; reservationId: string }
  /** Nothing that a buyer may ever be told. */
  | { n: number; was: 'failed'; why: string };

const tell = (message: Answered | 'ready' | 'done') => process.send!(message);

process.once('message', (order: BuyersOrder) => void run(order));
tell('ready');

async function run({ url, tenantId, settings, buyers }: BuyersOrder): Promise<void> {
  const pool = createPool({
    url,
    poolSize: 4,
    maxOverflow: 4,
    poolTimeoutMs: 30_000,
    poolRecycleSeconds: 3600,
  });
  const db = createDatabase({ pool, clock: systemClock, bus: new InProcessBus() });
  const gatherer = createStockGatherer({ db, settings });
  await Promise.all(
    buyers.map((buyer) =>
      buy(gatherer, tenantId, buyer).catch((error: unknown) =>
        tell({ n: buyer.n, was: 'failed', why: String(error) }),
      ),
    ),
  );
  await db.close();
  tell('done');
  process.disconnect();
}

async function buy(gatherer: StockGatherer, tenantId: string, buyer: Buyer): Promise<void> {
  const { n, lines, twice, ending, ttlSeconds } = buyer;
  const expiresAt = new Date(Date.now() + ttlSeconds * 1000);
  const ask = () =>
    gatherer.submit(
      tenantId,
      { kind: 'reserve', actor: 'system', lines, reference: null, expiresAt },
      keyedOf(buyer),
    );
  const answers = await Promise.all(twice ? [ask(), ask()] : [ask()]);
  const requests = answers.length;
  // A refusal stores nothing under the key: of two that are not in one batch the later may find what came back meanwhile.
  const ids = new Set(answers.flatMap((answer) => reservationOf(n, answer) ?? []));
  if (ids.size > 1) return void tell({ n, was: 'failed', why: 'one key made two reservations' });
  const [reservationId] = ids;
  if (reservationId === undefined) return void tell({ n, was: 'short', requests });
  tell({ n, was: 'reserved', reservationId, requests });
  if (ending === 'leave') return;
  if (ending === 'race') await delay(Math.max(0, expiresAt.getTime() - Date.now()));
  const as = ending === 'release' ? 'released' : 'confirmed';
  const ended = await gatherer.submit(tenantId, { kind: 'end', actor: 'system', reservationId, as });
  if (ended.ok) return void tell({ n, was: as, reservationId });
  if (ended.refusal.reason === 'reservation_ended' && ended.refusal.status === 'expired')
    return void tell({ n, was: 'expired', reservationId });
  tell({ n, was: 'failed', why: `ending it was refused: ${JSON.stringify(ended.refusal)}` });
}

/** The reservation of an answer; null: short. */
function reservationOf(n: number, outcome: GatheredOutcome): string | null {
  if (!outcome.ok) {
    if (outcome.refusal.reason === 'short') return null;
    throw new Error(`buyer ${n} was refused: ${JSON.stringify(outcome.refusal)}`);
  }
  const body = 'replayed' in outcome ? outcome.replayed.body : outcome.reservation;
  return (body as { id: string }).id;
}

function keyedOf({ key, lines }: Buyer): Keyed {
  const hash = createHash('sha256').update(JSON.stringify(lines)).digest();
  return {
    claim: { key, operation: 'createReservation', hash, formerHash: () => hash },
    present: ({ reservation }) => ({ status: 201, body: reservation }),
  };
}
