/** API keys: `tp_` and 256 random bits, kept as a hash, shown once. */
import type { ApiKey, Permission } from '@tradepost/contracts';
import { z } from 'zod';
import { newId, randomToken, sha256 } from '#platform/crypto';
import type { TenantTx } from '#platform/db';
import { decodeCursor, InstantText, pageOf } from '#platform/http';

const shownPrefixLength = 10;

interface ApiKeyRow {
  id: string;
  name: string;
  prefix: string;
  scopes: Permission[];
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

const columns = 'id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at';

function present(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}

/** Makes a key of the transaction's tenant. `key` is the only time its secret is seen. */
export async function createApiKey(
  tx: TenantTx,
  input: { name: string; scopes: readonly Permission[]; expiresAt?: Date | null },
): Promise<{ apiKey: ApiKey; key: string }> {
  const key = `tp_${randomToken(32)}`;
  const row = await tx.one<ApiKeyRow>(
    `insert into api_key (tenant_id, id, name, prefix, hash, scopes, created_by, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${columns}`,
    [
      tx.tenantId,
      newId(),
      input.name,
      key.slice(0, shownPrefixLength),
      sha256(key),
      [...new Set(input.scopes)],
      tx.actor,
      tx.clock.now(),
      input.expiresAt ?? null,
    ],
  );
  return { apiKey: present(row), key };
}

const KeyCursor = z.tuple([InstantText, z.uuid()]);

export async function listApiKeys(tx: TenantTx, page: { limit: number; cursor?: string | undefined }) {
  const after = decodeCursor(KeyCursor, page.cursor);
  const rows = await tx.query<ApiKeyRow>(
    `select ${columns} from api_key
     where tenant_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))
     order by created_at desc, id desc limit $4`,
    [tx.tenantId, after?.[0] ?? null, after?.[1] ?? null, page.limit + 1],
  );
  return pageOf(rows, page.limit, present, (row) => [row.created_at.toISOString(), row.id]);
}

/** Null when the tenant has no such key. */
export async function renameApiKey(tx: TenantTx, id: string, name: string): Promise<ApiKey | null> {
  const row = await tx.maybeOne<ApiKeyRow>(
    `update api_key set name = $3 where tenant_id = $1 and id = $2 returning ${columns}`,
    [tx.tenantId, id, name],
  );
  return row === undefined ? null : present(row);
}

/** False when the tenant has no such key; revoking twice is the same as once. */
export async function revokeApiKey(tx: TenantTx, id: string): Promise<boolean> {
  const changed = await tx.execute(
    'update api_key set revoked_at = coalesce(revoked_at, $3) where tenant_id = $1 and id = $2',
    [tx.tenantId, id, tx.clock.now()],
  );
  return changed === 1;
}
