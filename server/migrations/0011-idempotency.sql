-- Purpose: the fingerprint of a request under an idempotency key becomes an HMAC under a key of the installation, so that the
-- table tells nobody what a request held who can guess at it. Fingerprints of before cannot be compared with the new ones:
-- the keys they belong to expire now instead of after seven days.
-- Locks: idempotency_key for a moment. The previous release still runs; a request that it answered and that is repeated to
-- this one, or the other way round, is refused as reused (422).

-- truncate, because under forced row-level security an owner sees no row to delete.
truncate idempotency_key;

comment on column idempotency_key.request_hash is 'HMAC-SHA-256 of method, path and body';
