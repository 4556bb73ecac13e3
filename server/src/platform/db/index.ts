export {
  checkRoles,
  type Migration,
  MigrationError,
  migrate,
  migrationsDir,
  readMigrations,
} from './migrate.ts';
export {
  CommitUnknownError,
  createPool,
  DatabaseUnavailableError,
  isConnectionError,
  type PoolSettings,
  sqlState,
} from './pool.ts';
export {
  type Actor,
  createDatabase,
  type Database,
  type TenantContext,
  TenantTx,
  Tx,
} from './transaction.ts';
export type { DB } from './types.gen.ts';
