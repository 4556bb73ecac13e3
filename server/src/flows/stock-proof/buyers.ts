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

/** So many ask at once in one process: few enough that batches are many, and those of several processes meet. */
const asking = 16;

const tell = (message: Answered | 'here' | 'ready' | 'done') => process.send!(message);
const hear = <T>() => new Promise<T>((resolve) => process.once('message', resolve));

const ordered = hear<BuyersOrder>();
tell('here');
await run(await ordered);

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
  // Connected, so that the processes begin together.
  await Promise.all([1, 2, 3, 4].map(() => db.asSystem('warm', (tx) => tx.query('select 1'))));
  const go = hear();
  tell('ready');
  await go;
  const left = buyers.values();
  const endings: Promise<void>[] = [];
  await Promise.all(
    Array.from({ length: asking }, async () => {
      for (const buyer of left) {
        const failed = (error: unknown) => void tell({ n: buyer.n, was: 'failed', why: String(error) });
        const reservation = await reserve(gatherer, tenantId, buyer).catch((error: unknown) => {
          failed(error);
          return null;
        });
        // Others ask while this one makes up its mind.
        if (reservation !== null) endings.push(end(gatherer, tenantId, buyer, reservation).catch(failed));
      }
    }),
  );
  await Promise.all(endings);
  await db.close();
  tell('done');
  process.disconnect();
}

interface Held {
  reservationId: string;
  expiresAt: Date;
}

async function reserve(gatherer: StockGatherer, tenantId: string, buyer: Buyer): Promise<Held | null> {
  const { n, lines, twice, ttlSeconds } = buyer;
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
  if (ids.size > 1) throw new Error('one key made two reservations');
  const [reservationId] = ids;
  if (reservationId === undefined) {
    tell({ n, was: 'short', requests });
    return null;
  }
  tell({ n, was: 'reserved', reservationId, requests });
  return { reservationId, expiresAt };
}

async function end(
  gatherer: StockGatherer,
  tenantId: string,
  { n, ending }: Buyer,
  { reservationId, expiresAt }: Held,
): Promise<void> {
  if (ending === 'leave') return;
  if (ending === 'race') await delay(Math.max(0, expiresAt.getTime() - Date.now()));
  const as = ending === 'release' ? 'released' : 'confirmed';
  const ended = await gatherer.submit(tenantId, { kind: 'end', actor: 'system', reservationId, as });
  if (ended.ok) return void tell({ n, was: as, reservationId });
  if (ended.refusal.reason === 'reservation_ended' && ended.refusal.status === 'expired')
    return void tell({ n, was: 'expired', reservationId });
  throw new Error(`ending it was refused: ${JSON.stringify(ended.refusal)}`);
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
