/**
 * Gathers concurrent stock requests of one tenant into one transaction: while a batch is being committed the next one
 * collects. One commit then carries all their reservations, events and idempotency keys. What a request needs of this process
 * (reading it, answering it) is done while the database is at work, and the other way round.
 *
 * Invariants
 *   * Each caller is answered after the commit that holds its effect, never before.
 *   * A batch that the database refuses is taken apart and each request tried alone, so a poisoned one fails alone.
 *   * An idempotency key has one effect, within a batch, between batches and between processes.
 */
import { type Database, DatabaseUnavailableError, sqlState, type TenantTx } from '#platform/db';
import { idempotencyKeptDays, isOfRequest, type KeyedRequest } from '#platform/http';
import { applyStock, type StockSettings } from './apply-stock.ts';
import { anyReservation } from './queries.ts';
import type { StockDone, StockOutcome, StockRequest } from './stock-request.ts';

const maxBatch = 500;
/** Of fewer than this no half is left for another commit. */
const minBatch = 32;
/** Callers are answered while the next batch is written, or after so long. */
const answerWithinMs = 5;

export type GatheredOutcome =
  | StockOutcome
  /** The key was used before with the same request: this was its answer. */
  | { ok: true; replayed: { status: number; body: unknown } }
  | { ok: false; refusal: { reason: 'key_reused' } };

interface Answer {
  status: number;
  body: unknown;
}

/** A request under an idempotency key, and the answer to store for its repeats. */
export interface Keyed {
  claim: KeyedRequest;
  present: (done: StockDone) => Answer;
}

interface Waiting {
  request: StockRequest;
  keyed: Keyed | null;
  resolve: (outcome: GatheredOutcome) => void;
  reject: (error: unknown) => void;
}

/** Another process answered one of the keys, or made one of the sales, in the meantime; the batch is done again and finds it. */
class KeyTakenError extends Error {}

export interface StockGatherer {
  submit(tenantId: string, request: StockRequest, keyed?: Keyed | null): Promise<GatheredOutcome>;
}

/** What gives up holds is not mixed with what makes them. */
const standsAlone = ({ request }: Waiting): boolean =>
  request.kind === 'adjust' && request.whenHeld === 'release';

/**
 * The next batch. The first takes all; after it, half of those who are here or about to be answered and likely to come again,
 * so that two batches take turns: the database writes one while the callers of the other are answered and ask anew.
 */
function takeBatch(queue: Waiting[], answering: number): Waiting[] {
  const share = answering === 0 ? queue.length : Math.ceil((queue.length + answering) / 2);
  const size = Math.min(Math.max(share, minBatch), maxBatch);
  const alone = queue.slice(0, size).findIndex(standsAlone);
  return queue.splice(0, alone === -1 ? size : Math.max(1, alone));
}

/** The callers of a batch that is done, answered in portions: each is, as soon as there is no time better spent. */
class Answers {
  #left: (() => void)[];
  readonly size: number;

  constructor(answers: (() => void)[]) {
    this.#left = answers;
    this.size = answers.length;
  }

  give(share = 1): void {
    for (const answer of this.#left.splice(0, Math.ceil(this.size * share))) answer();
  }
}

export function createStockGatherer(deps: { db: Database; settings: StockSettings }): StockGatherer {
  const queues = new Map<string, Waiting[]>();

  async function drain(tenantId: string, queue: Waiting[]): Promise<void> {
    let previous = new Answers([]);
    while (queue.length > 0) {
      const batch = takeBatch(queue, previous.size);
      // However long the database takes, what is committed is soon known.
      const late = setTimeout(() => previous.give(), answerWithinMs);
      const answers = await runBatch(tenantId, batch, previous);
      clearTimeout(late);
      previous.give();
      previous = answers;
    }
    previous.give();
    queues.delete(tenantId);
  }

  /** Commits a batch and gives what answers its callers. Those of the previous one are answered while the database works. */
  async function runBatch(tenantId: string, batch: Waiting[], previous: Answers): Promise<Answers> {
    try {
      const outcomes = await commit(tenantId, batch, previous);
      return new Answers(batch.map((waiting, i) => () => waiting.resolve(outcomes[i]!)));
    } catch (error) {
      if (batch.length === 1 || error instanceof DatabaseUnavailableError) {
        return new Answers(batch.map((waiting) => () => waiting.reject(error)));
      }
      for (const waiting of batch) (await runBatch(tenantId, [waiting], previous)).give();
      return new Answers([]);
    }
  }

  async function commit(tenantId: string, batch: Waiting[], previous: Answers): Promise<GatheredOutcome[]> {
    const actors = new Set(batch.map((w) => w.request.actor));
    const actor = actors.size === 1 ? batch[0]!.request.actor : 'system';
    let looksUpKeys = false;
    for (let attempt = 1; ; attempt++) {
      try {
        return await deps.db.withTenant({ tenantId, actor }, (tx) => apply(tx, batch, looksUpKeys, previous));
      } catch (error) {
        // Or another process made the same sale.
        const isTaken = error instanceof KeyTakenError || sqlState(error) === '23505';
        if (!isTaken || attempt === 5) throw error;
        looksUpKeys = true;
      }
    }
  }

  /** Keys are mostly new, so they are looked up only once one of them has turned out not to be. */
  async function apply(
    tx: TenantTx,
    batch: Waiting[],
    looksUpKeys: boolean,
    previous: Answers,
  ): Promise<GatheredOutcome[]> {
    const outcomes: (GatheredOutcome | undefined)[] = new Array(batch.length).fill(undefined);
    const first = new Map<string, number>();
    const answered = looksUpKeys
      ? await findAnswers(
          tx,
          batch.flatMap((w) => w.keyed?.claim ?? []),
        )
      : new Map<string, StoredAnswer>();
    const toApply: number[] = [];
    for (const [i, { keyed }] of batch.entries()) {
      if (keyed === null) {
        toApply.push(i);
        continue;
      }
      const { claim } = keyed;
      const stored = answered.get(claim.key);
      if (stored !== undefined) {
        outcomes[i] = isOfRequest(claim, stored.hash)
          ? { ok: true, replayed: { status: stored.status, body: stored.response } }
          : { ok: false, refusal: { reason: 'key_reused' } };
      } else if (!first.has(claim.key)) {
        first.set(claim.key, i);
        toApply.push(i);
      }
    }
    const requests = toApply.map((i) => batch[i]!.request);
    const applying = applyStock(tx, requests, deps.settings, async (applied) => {
      for (const [n, i] of toApply.entries()) outcomes[i] = applied[n]!;
      const storing = storeAnswers(tx, batch, outcomes);
      const looking = checkRefused(tx, batch, outcomes, looksUpKeys);
      previous.give();
      await Promise.all([storing, looking]);
    });
    // The levels are being locked, which takes less time than the write.
    previous.give(1 / 2);
    await applying;
    // What is still open repeats a key of this very batch.
    for (const [i, { keyed }] of batch.entries()) {
      if (outcomes[i] !== undefined) continue;
      const { claim } = keyed!;
      const original = first.get(claim.key)!;
      outcomes[i] = batch[original]!.keyed!.claim.hash.equals(claim.hash)
        ? asRepeat(outcomes[original]!, keyed!)
        : { ok: false, refusal: { reason: 'key_reused' } };
    }
    return outcomes as GatheredOutcome[];
  }

  /** What the repeat of a request hears: its answer as it was stored. A refusal stores none and is the same for both. */
  function asRepeat(outcome: GatheredOutcome, { present }: Keyed): GatheredOutcome {
    return outcome.ok && !('replayed' in outcome) ? { ok: true, replayed: present(outcome) } : outcome;
  }

  /**
   * A request that is refused stores nothing, so its key would not be found taken: the first may have been let through. Nor
   * would a sale be found that another process made while this one waited for the levels.
   */
  async function checkRefused(
    tx: TenantTx,
    batch: Waiting[],
    outcomes: (GatheredOutcome | undefined)[],
    keysLookedUp: boolean,
  ): Promise<void> {
    const refused = batch.filter((_, i) => outcomes[i]?.ok === false);
    const claims = keysLookedUp ? [] : refused.flatMap(({ keyed }) => keyed?.claim ?? []);
    if (claims.length > 0 && (await findAnswers(tx, claims)).size > 0) throw new KeyTakenError();
    const short = batch.flatMap(({ request }, i) => {
      const outcome = outcomes[i];
      const isShort = outcome?.ok === false && outcome.refusal.reason === 'short';
      return isShort && request.kind === 'sell' ? [request.saleId] : [];
    });
    if (short.length > 0 && (await anyReservation(tx, short))) throw new KeyTakenError();
  }

  async function storeAnswers(
    tx: TenantTx,
    batch: Waiting[],
    outcomes: (GatheredOutcome | undefined)[],
  ): Promise<void> {
    const rows = batch.flatMap(({ keyed }, i) => {
      const outcome = outcomes[i];
      if (keyed === null || outcome === undefined || !outcome.ok || 'replayed' in outcome) return [];
      return [{ claim: keyed.claim, answer: keyed.present(outcome) }];
    });
    if (rows.length === 0) return;
    const [row] = await tx.prepared<{ stored: number }>(
      'store_answers',
      `with stored as (
         insert into idempotency_key (tenant_id, key, operation, request_hash, status, response, created_at)
         select $1, k, o, h, s, r, $7 from unnest($2::text[], $3::text[], $4::bytea[], $5::smallint[], $6::jsonb[]) as a (k, o, h, s, r)
         order by k
         on conflict (tenant_id, key) do update
           set operation = excluded.operation, request_hash = excluded.request_hash, status = excluded.status,
               response = excluded.response, created_at = excluded.created_at
           where idempotency_key.created_at < $8
         returning 1
       )
       select count(*)::int as stored from stored`,
      [
        tx.tenantId,
        rows.map((r) => r.claim.key),
        rows.map((r) => r.claim.operation),
        rows.map((r) => r.claim.hash),
        rows.map((r) => r.answer.status),
        rows.map((r) => JSON.stringify(r.answer.body)),
        tx.clock.now(),
        oldestKept(tx),
      ],
    );
    if (row!.stored !== rows.length) throw new KeyTakenError();
  }

  return {
    submit(tenantId, request, keyed = null) {
      return new Promise((resolve, reject) => {
        const waiting: Waiting = { request, keyed, resolve, reject };
        const queue = queues.get(tenantId);
        if (queue !== undefined) {
          queue.push(waiting);
          return;
        }
        const fresh = [waiting];
        queues.set(tenantId, fresh);
        // The rest of this turn of the event loop joins the first batch.
        setImmediate(() => void drain(tenantId, fresh));
      });
    },
  };
}

interface StoredAnswer {
  key: string;
  hash: Buffer;
  status: number;
  response: unknown;
}

async function findAnswers(tx: TenantTx, claims: KeyedRequest[]): Promise<Map<string, StoredAnswer>> {
  const rows = await tx.prepared<StoredAnswer>(
    'find_answers',
    'select key, request_hash as hash, status, response from idempotency_key where tenant_id = $1 and key = any ($2) and created_at >= $3',
    [tx.tenantId, claims.map((c) => c.key), oldestKept(tx)],
  );
  return new Map(rows.map((row) => [row.key, row]));
}

function oldestKept(tx: TenantTx): Date {
  return new Date(tx.clock.now().getTime() - idempotencyKeptDays * 86_400_000);
}
