export {
  checkRoles,
  MigrationError,
  type MigrationPlan,
  migrate,
  planMigrations,
  readMigrations,
} from './migrate.ts';
export {
  CommitUnknownError,
  createPool,
  DatabaseUnavailableError,
  isConnectionError,
  isStorageFull,
  openPool,
  StorageFullError,
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
