/**
 * Proves on the database at hand that stock cannot be oversold: buyers in several processes want more than there is, with
 * crossing baskets, repeats, releases, deadlines that race confirmations, and processes that are killed in the middle. Then
 * the books are opened.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ProofReport, ProofSize } from '@tradepost/contracts';
import { expireReservations, type StockSettings } from '#modules/inventory';
import type { Database } from '#platform/db';
import type { Answered, BuyersOrder } from './buyers.ts';
import { checkAnswers, checkBooks } from './check.ts';
import { type Buyer, planBuyers } from './plan.ts';
import { makeScratchTenant, removeAbandoned, removeScratchTenant } from './scratch-tenant.ts';

const program = fileURLToPath(new URL('./buyers.ts', import.meta.url));
const lookForExpiredMs = 100;

export interface ProofOptions {
  db: Database;
  /** Of the same database, for the processes of the buyers. */
  url: string;
  settings: StockSettings;
  size: ProofSize;
  /** Default: another one each time. Printed with a breach. */
  seed?: number;
  signal: AbortSignal;
  /** Buyers answered so far. */
  onProgress?: (answered: number) => void;
}

/** @throws when it could not be carried out, or is aborted; a breach is no error but in the report */
export async function proveStock(options: ProofOptions): Promise<ProofReport> {
  const { db, settings, size, seed = Date.now() >>> 0, signal } = options;
  await removeAbandoned(db);
  const { tenantId, opening } = await makeScratchTenant(db, size.pieces, settings);
  try {
    const buyers = planBuyers(size, seed);
    const answers: Answered[] = [];
    const settled = new Set<number>();
    const stop = new AbortController();
    const startedAtMs = performance.now();
    const expiring = expireUntil(db, tenantId, settings, stop.signal);
    // Its failure is heard below; until then it must not count as one that nobody hears of, which ends the process.
    expiring.catch(() => {});
    const { killed, repeated, seconds } = await send(options, tenantId, buyers, (answer) => {
      answers.push(answer);
      settled.add(answer.n);
      options.onProgress?.(settled.size);
    })
      .then((sent) => ({ ...sent, seconds: (performance.now() - startedAtMs) / 1000 }))
      .finally(() => {
        stop.abort();
        return expiring;
      });
    signal.throwIfAborted();
    const checks = await db.withTenant({ tenantId, actor: 'system' }, async (tx) => [
      ...(await checkAnswers(tx, buyers, answers, opening)),
      ...(await checkBooks(tx)),
    ]);
    const unique = (was: Answered['was']) =>
      new Set(answers.filter((a) => a.was === was).map((a) => a.n)).size;
    const asked = answers.reduce(
      (sum, a) => sum + ('requests' in a ? a.requests : a.was === 'failed' ? 0 : 1),
      0,
    );
    const holds = checks.every((c) => c.holds);
    return {
      holds,
      ...size,
      killed,
      reserved: unique('reserved'),
      refused: size.buyers - unique('reserved'),
      confirmed: unique('confirmed'),
      released: unique('released'),
      expired: unique('expired'),
      repeated: repeated + buyers.filter((b) => b.twice).length,
      seconds: Math.round(seconds * 1000) / 1000,
      requestsPerSecond: Math.round(asked / seconds),
      checks,
    };
  } finally {
    await removeScratchTenant(db, tenantId);
  }
}

async function expireUntil(
  db: Database,
  tenantId: string,
  settings: StockSettings,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await expireReservations(db, tenantId, settings);
    await delay(lookForExpiredMs, undefined, { signal }).catch(() => {});
  }
}

/**
 * Sends the buyers, spread over the processes. Each process but the last is killed when a third of its buyers have been
 * answered; another one then does all of theirs again, under the same keys, as a caller does that heard nothing.
 */
async function send(
  { url, settings, size, signal }: ProofOptions,
  tenantId: string,
  buyers: Buyer[],
  onAnswer: (answer: Answered) => void,
): Promise<{ killed: number; repeated: number }> {
  let killed = 0;
  let repeated = 0;
  // Where one fails the others are ended, and nobody is left waiting for it.
  const failed = new AbortController();
  const ending = AbortSignal.any([signal, failed.signal]);
  const order = (part: Buyer[]): BuyersOrder => ({ url, tenantId, settings, buyers: part });
  // They begin together; who comes in the place of a killed one begins at once.
  let waiting = size.processes;
  const begin = Promise.withResolvers<void>();
  const meet = async () => {
    waiting -= 1;
    if (waiting === 0) begin.resolve();
    await begin.promise;
  };
  const sendPart = async (p: number): Promise<void> => {
    const part = buyers.filter((b) => b.n % size.processes === p);
    const killAfter = p < size.processes - 1 ? Math.ceil(part.length / 3) : null;
    const done = await runBuyers(order(part), ending, onAnswer, { meet, killAfter });
    if (done) return;
    killed += 1;
    repeated += part.length;
    await runBuyers(order(part), ending, onAnswer, { meet: async () => {}, killAfter: null });
  };
  const parts = Array.from({ length: size.processes }, (_, p) =>
    sendPart(p).catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(parts);
  await Promise.all(parts);
  return { killed, repeated };
}

/** @returns whether it came to its end; false: it was killed as asked */
async function runBuyers(
  order: BuyersOrder,
  signal: AbortSignal,
  onAnswer: (answer: Answered) => void,
  { meet, killAfter }: { meet: () => Promise<void>; killAfter: number | null },
): Promise<boolean> {
  signal.throwIfAborted();
  const child: ChildProcess = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const abort = () => child.kill('SIGKILL');
  signal.addEventListener('abort', abort, { once: true });
  let isDone = false;
  let isKilled = false;
  let answered = 0;
  child.on('message', (message: Answered | 'here' | 'ready' | 'done') => {
    if (message === 'here') child.send(order);
    else if (message === 'ready') void meet().then(() => child.connected && child.send('go'));
    else if (message === 'done') isDone = true;
    else {
      onAnswer(message);
      answered += 1;
    }
    if (killAfter !== null && answered >= killAfter && !isDone) isKilled = child.kill('SIGKILL');
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  signal.removeEventListener('abort', abort);
  signal.throwIfAborted();
  if (isDone) return true;
  if (isKilled) return false;
  throw new Error(`the buyers' process ended with ${code} before its end`);
}
