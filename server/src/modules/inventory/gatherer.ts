/**
 * Gathers concurrent stock requests of one tenant into one transaction: while a batch is being committed the next one
 * collects. One commit then carries all their reservations, events and idempotency keys.
 *
 * Invariants
 *   * Each caller is answered after the commit that holds its effect, never before.
 *   * A batch that the database refuses is taken apart and each request tried alone, so a poisoned one fails alone.
 *   * An idempotency key has one effect, within a batch, between batches and between processes.
 */
import { type Database, DatabaseUnavailableError, sqlState, type TenantTx } from '#platform/db';
import { idempotencyKeptDays, isOfRequest, type KeyedRequest } from '#platform/http';
import { applyStock, type StockSettings } from './apply-stock.ts';
import type { StockDone, StockOutcome, StockRequest } from './stock-request.ts';

const maxBatch = 500;

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

/** Another process answered one of the keys in the meantime; the batch is done again and finds its answer. */
class KeyTakenError extends Error {}

export interface StockGatherer {
  submit(tenantId: string, request: StockRequest, keyed?: Keyed | null): Promise<GatheredOutcome>;
}

/** What gives up holds is not mixed with what makes them. */
const standsAlone = ({ request }: Waiting): boolean =>
  request.kind === 'adjust' && request.whenHeld === 'release';

export function createStockGatherer(deps: { db: Database; settings: StockSettings }): StockGatherer {
  const queues = new Map<string, Waiting[]>();

  async function drain(tenantId: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const alone = queue.slice(0, maxBatch).findIndex(standsAlone);
      await runBatch(tenantId, queue.splice(0, alone === -1 ? maxBatch : Math.max(1, alone)));
    }
    queues.delete(tenantId);
  }

  async function runBatch(tenantId: string, batch: Waiting[]): Promise<void> {
    try {
      const outcomes = await commit(tenantId, batch);
      for (const [i, waiting] of batch.entries()) waiting.resolve(outcomes[i]!);
    } catch (error) {
      if (batch.length === 1 || error instanceof DatabaseUnavailableError) {
        for (const waiting of batch) waiting.reject(error);
        return;
      }
      for (const waiting of batch) await runBatch(tenantId, [waiting]);
    }
  }

  async function commit(tenantId: string, batch: Waiting[]): Promise<GatheredOutcome[]> {
    const actors = new Set(batch.map((w) => w.request.actor));
    const actor = actors.size === 1 ? batch[0]!.request.actor : 'system';
    for (let attempt = 1; ; attempt++) {
      try {
        return await deps.db.withTenant({ tenantId, actor }, (tx) => apply(tx, batch));
      } catch (error) {
        // Or another process made the same sale.
        const isTaken = error instanceof KeyTakenError || sqlState(error) === '23505';
        if (isTaken && attempt < 5) continue;
        throw error;
      }
    }
  }

  async function apply(tx: TenantTx, batch: Waiting[]): Promise<GatheredOutcome[]> {
    const outcomes: (GatheredOutcome | undefined)[] = new Array(batch.length).fill(undefined);
    const first = new Map<string, number>();
    const claims = batch.flatMap((w) => w.keyed?.claim ?? []);
    const answered = claims.length === 0 ? new Map<string, StoredAnswer>() : await findAnswers(tx, claims);
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
    const applied = await applyStock(
      tx,
      toApply.map((i) => batch[i]!.request),
      deps.settings,
    );
    for (const [n, i] of toApply.entries()) outcomes[i] = applied[n]!;
    await storeAnswers(tx, batch, outcomes);
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
    const written = await tx.execute(
      `insert into idempotency_key (tenant_id, key, operation, request_hash, status, response, created_at)
       select $1, k, o, h, s, r, $7 from unnest($2::text[], $3::text[], $4::bytea[], $5::smallint[], $6::jsonb[]) as a (k, o, h, s, r)
       order by k
       on conflict (tenant_id, key) do update
         set operation = excluded.operation, request_hash = excluded.request_hash, status = excluded.status,
             response = excluded.response, created_at = excluded.created_at
         where idempotency_key.created_at < $8`,
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
    if (written !== rows.length) throw new KeyTakenError();
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
  const rows = await tx.query<StoredAnswer>(
    'select key, request_hash as hash, status, response from idempotency_key where tenant_id = $1 and key = any ($2) and created_at >= $3',
    [tx.tenantId, claims.map((c) => c.key), oldestKept(tx)],
  );
  return new Map(rows.map((row) => [row.key, row]));
}

function oldestKept(tx: TenantTx): Date {
  return new Date(tx.clock.now().getTime() - idempotencyKeptDays * 86_400_000);
}
