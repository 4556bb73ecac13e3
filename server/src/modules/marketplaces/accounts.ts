/** Marketplace accounts: one seller login each, its password sealed. */
import type { MarketplaceAccount, Platform, SyncRun } from '@tradepost/contracts';
import { z } from 'zod';
import { newId, seal, unseal } from '#platform/crypto';
import { sqlState, type TenantTx, type Tx } from '#platform/db';
import { decodeCursor, invalidField, pageOf, problem } from '#platform/http';

export const platformUrls: Record<Platform, string> = {
  emag_ro: 'https://marketplace-api.emag.ro/api-3',
  emag_bg: 'https://marketplace-api.emag.bg/api-3',
  emag_hu: 'https://marketplace-api.emag.hu/api-3',
  fd_ro: 'https://marketplace-ro-api.fashiondays.com/api-3',
  fd_bg: 'https://marketplace-bg-api.fashiondays.com/api-3',
};

export interface AccountSecrets {
  /** Seals passwords. */
  key: Buffer;
  /** Addresses beside the platforms' own that an account may use. */
  extraBaseUrls: readonly string[];
}

const boundTo = (tenantId: string, accountId: string): string =>
  `marketplace_account/${tenantId}/${accountId}`;

export interface NewAccount {
  name: string;
  platform: Platform;
  username: string;
  password: string;
  baseUrl?: string;
}

/** @throws HttpProblem VALIDATION_FAILED for an address the operator has not allowed, ALREADY_EXISTS */
export async function createAccount(
  tx: TenantTx,
  input: NewAccount,
  secrets: AccountSecrets,
): Promise<string> {
  const baseUrl = (input.baseUrl ?? platformUrls[input.platform]).replace(/\/+$/, '');
  if (baseUrl !== platformUrls[input.platform] && !secrets.extraBaseUrls.includes(baseUrl)) {
    throw invalidField(
      'body.baseUrl',
      `must be ${platformUrls[input.platform]}, or an address the operator lists in EMAG_EXTRA_BASE_URLS`,
      input.baseUrl,
    );
  }
  const id = newId();
  await unique(
    tx.execute(
      `insert into marketplace_account (tenant_id, id, name, platform, base_url, username, password_sealed, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        tx.tenantId,
        id,
        input.name,
        input.platform,
        baseUrl,
        input.username,
        seal(secrets.key, input.password, boundTo(tx.tenantId, id)),
        tx.clock.now(),
      ],
    ),
  );
  tx.dropCached(tx.tenantId, ['accounts']);
  return id;
}

/** @throws HttpProblem NOT_FOUND, ALREADY_EXISTS */
export async function updateAccount(
  tx: TenantTx,
  id: string,
  change: { name?: string; enabled?: boolean; username?: string; password?: string },
  secrets: AccountSecrets,
): Promise<void> {
  const sealed =
    change.password === undefined ? null : seal(secrets.key, change.password, boundTo(tx.tenantId, id));
  const rows = await unique(
    tx.execute(
      `update marketplace_account set name = coalesce($3, name), enabled = coalesce($4, enabled), username = coalesce($5, username),
         password_sealed = coalesce($6, password_sealed)
       where tenant_id = $1 and id = $2`,
      [tx.tenantId, id, change.name ?? null, change.enabled ?? null, change.username ?? null, sealed],
    ),
  );
  if (rows === 0) throw noAccount();
  // Today shows name and state.
  tx.dropCached(tx.tenantId, ['accounts', `account:${id}`]);
}

export const noAccount = () => problem('NOT_FOUND', 'There is no such marketplace account.');

async function unique<R>(statement: Promise<R>): Promise<R> {
  try {
    return await statement;
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    throw problem('ALREADY_EXISTS', 'Another account has this name, or this login on the same marketplace.');
  }
}

/** An account as a run needs it, its password still sealed. */
export interface AccountLogin {
  id: string;
  name: string;
  platform: Platform;
  baseUrl: string;
  username: string;
  enabled: boolean;
  sealed: Buffer;
}

export async function findAccountLogin(tx: TenantTx, id: string): Promise<AccountLogin | null> {
  const row = await tx.maybeOne<AccountLogin>(
    `select id, name, platform, base_url as "baseUrl", username, enabled, password_sealed as sealed
     from marketplace_account where tenant_id = $1 and id = $2`,
    [tx.tenantId, id],
  );
  return row ?? null;
}

/** @throws when the account was sealed under another key: SECRET has changed since */
export function openPassword(tenantId: string, account: AccountLogin, secrets: AccountSecrets): string {
  return unseal(secrets.key, account.sealed, boundTo(tenantId, account.id));
}

/** Every enabled account of every tenant, for the schedules. */
export async function listEnabledAccounts(tx: Tx): Promise<{ tenantId: string; id: string; name: string }[]> {
  return tx.query(
    'select tenant_id as "tenantId", id, name from marketplace_account where enabled order by tenant_id, id',
  );
}

interface AccountRow {
  id: string;
  name: string;
  platform: Platform;
  base_url: string;
  username: string;
  enabled: boolean;
  failing_since: Date | null;
  last_success_at: Date | null;
  created_at: Date;
  orders: number;
  run: RunRow | null;
}

export interface RunRow {
  id: string;
  account_id: string;
  task_id: string | null;
  kind: SyncRun['kind'];
  outcome: SyncRun['outcome'];
  read_count: number;
  created_count: number;
  changed_count: number;
  acknowledged_count: number;
  failed_count: number;
  error: SyncRun['error'];
  started_at: Date | string;
  finished_at: Date | string | null;
}

export function presentRun(row: RunRow): SyncRun {
  const iso = (at: Date | string): string => new Date(at).toISOString();
  return {
    id: row.id,
    accountId: row.account_id,
    taskId: row.task_id,
    kind: row.kind,
    outcome: row.outcome,
    read: row.read_count,
    created: row.created_count,
    changed: row.changed_count,
    acknowledged: row.acknowledged_count,
    failed: row.failed_count,
    error: row.error,
    startedAt: iso(row.started_at),
    finishedAt: row.finished_at === null ? null : iso(row.finished_at),
  };
}

function present(row: AccountRow): MarketplaceAccount {
  const health = !row.enabled
    ? 'disabled'
    : row.failing_since !== null
      ? 'failing'
      : row.last_success_at === null
        ? 'never_run'
        : 'ok';
  return {
    id: row.id,
    name: row.name,
    platform: row.platform,
    baseUrl: row.base_url,
    username: row.username,
    enabled: row.enabled,
    health,
    failingSince: row.failing_since?.toISOString() ?? null,
    lastSuccessAt: row.last_success_at?.toISOString() ?? null,
    lastRun: row.run === null ? null : presentRun(row.run),
    orders: row.orders,
    createdAt: row.created_at.toISOString(),
  };
}

export async function listAccounts(
  tx: TenantTx,
  filter: { id?: string; limit: number; cursor?: string },
): Promise<{ items: MarketplaceAccount[]; nextCursor: string | null }> {
  const after = decodeCursor(z.uuid(), filter.cursor) ?? null;
  const rows = await tx.query<AccountRow>(
    `select a.id, a.name, a.platform, a.base_url, a.username, a.enabled, a.failing_since, a.last_success_at, a.created_at,
       (select count(*) from shop_order o where o.tenant_id = a.tenant_id and o.account_id = a.id)::int as orders,
       (select to_jsonb(r) from sync_run r where r.tenant_id = a.tenant_id and r.account_id = a.id order by r.id desc limit 1) as run
     from marketplace_account a
     where a.tenant_id = $1 and ($2::uuid is null or a.id = $2) and ($3::uuid is null or a.id > $3) order by a.id limit $4`,
    [tx.tenantId, filter.id ?? null, after, filter.limit + 1],
  );
  return pageOf(rows, filter.limit, present, (row) => row.id);
}

/** @throws HttpProblem NOT_FOUND */
export async function getAccount(tx: TenantTx, id: string): Promise<MarketplaceAccount> {
  const { items } = await listAccounts(tx, { id, limit: 1 });
  if (items[0] === undefined) throw noAccount();
  return items[0];
}
