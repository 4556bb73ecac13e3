/** What both jobs share: an account's login, a run that is told of to its end, failures in words. */
import type { SyncRun } from '@tradepost/contracts';
import type { StockSettings } from '#modules/inventory';
import {
  type AccountLogin,
  type AccountSecrets,
  beginRun,
  type Connect,
  type EmagClient,
  EmagError,
  findAccountLogin,
  finishRun,
  openPassword,
  type Run,
} from '#modules/marketplaces';
import { DatabaseUnavailableError, type TenantTx } from '#platform/db';
import { type TaskContext, TaskFailure, TaskFencedError } from '#platform/jobs';

export interface MarketplaceOrdersDeps {
  connect: Connect;
  secrets: AccountSecrets;
  stock: StockSettings;
  /** Pages read per account and run. */
  maxPages: number;
  /** How far behind the newest change seen a reading begins again. */
  overlapMs: number;
  /** How far back the first reading of an account looks. */
  firstLookMs: number;
  /** Wait before an order that eMAG has locked is tried again. */
  lockWaitMs: number;
}

/**
 * Runs `work` over one account. A failure is written to the run and the account, then thrown as what the task shows; the
 * other accounts have tasks of their own and do not notice.
 */
export async function runOverAccount(
  ctx: TaskContext,
  deps: Pick<MarketplaceOrdersDeps, 'connect' | 'secrets'>,
  accountId: string,
  kind: SyncRun['kind'],
  work: (run: Run, account: AccountLogin, client: EmagClient) => Promise<void>,
): Promise<Run['counts'] | { skipped: string }> {
  const begun = await ctx.transaction(async (tx) => {
    const account = await findAccountLogin(tx, accountId);
    if (account === null || !account.enabled) return null;
    return { account, run: await beginRun(tx, kind, { id: account.id, name: account.name }, ctx.taskId) };
  });
  if (begun === null) return { skipped: 'The account is paused or was removed.' };
  const { account, run } = begun;
  try {
    await work(run, account, deps.connect({ ...account, password: passwordOf(ctx.tenantId, account, deps) }));
  } catch (error) {
    const failure = explain(error, ctx.signal);
    // When the attempt was given up, or the database is away, nothing can be written; the next run closes this one.
    if (!(error instanceof TaskFencedError) && !(error instanceof DatabaseUnavailableError)) {
      await ctx.transaction((tx) => finishRun(tx, run, { code: failure.code, message: failure.message }));
    }
    throw failure;
  }
  await ctx.transaction((tx) => finishRun(tx, run, null));
  return run.counts;
}

/** A transaction that may be done again after a deadlock: what its work adds to the run's counts is added once. */
export async function countingTransaction<R>(
  ctx: TaskContext,
  run: Run,
  work: (tx: TenantTx) => Promise<R>,
): Promise<R> {
  const before = { ...run.counts };
  try {
    return await ctx.transaction((tx) => {
      Object.assign(run.counts, before);
      return work(tx);
    });
  } catch (error) {
    Object.assign(run.counts, before);
    throw error;
  }
}

function passwordOf(
  tenantId: string,
  account: AccountLogin,
  deps: Pick<MarketplaceOrdersDeps, 'secrets'>,
): string {
  try {
    return openPassword(tenantId, account, deps.secrets);
  } catch (cause) {
    const message =
      'The stored password of this account cannot be opened: SECRET has changed since. Enter its login again.';
    throw new TaskFailure('PASSWORD_SEALED', message, { retry: false, cause });
  }
}

function explain(error: unknown, signal: AbortSignal): TaskFailure {
  if (signal.aborted)
    return new TaskFailure('STOPPED', 'The run was stopped before its end; what it had stored is kept.', {
      cause: error,
    });
  if (error instanceof TaskFailure) return error;
  if (error instanceof EmagError)
    return new TaskFailure(`EMAG_${error.kind.toUpperCase()}`, error.message, { cause: error });
  return new TaskFailure('UNEXPECTED', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
