/** `migrate`: the database brought to this release, or what that would take. */
import { type MigrationPlan, migrate, planMigrations } from '#platform/db';
import { CliError, exitCodes } from '../exit-codes.ts';
import { hasEmbeddedCluster, openServer, readPlan } from '../installation.ts';
import type { Session } from '../session.ts';

export async function migrateDatabase(
  session: Session,
  { options }: { options: { plan: boolean } },
): Promise<number> {
  const { config } = session;
  // A plan makes nothing, so it does not make the embedded database either.
  const isMade = config.database.url !== null || (await hasEmbeddedCluster(config));
  await using parts = new AsyncDisposableStack();
  if (options.plan && !isMade) return tell(session, await planMigrations(null));
  const url = await openServer(config, parts, session.note);
  if (options.plan) return tell(session, await readPlan(url));
  const applied = await migrate(url, { log: session.json ? () => {} : session.print });
  if (session.json) session.print(JSON.stringify({ applied }));
  else if (applied.length === 0) session.print('Nothing to do: the database is up to date.');
  return exitCodes.done.code;
}

function tell(session: Session, plan: MigrationPlan): number {
  const { pending, foreign, changed } = plan;
  session.show(plan, () =>
    pending.length === 0
      ? 'Nothing to do: the database is up to date.'
      : pending.map(({ name, purpose }) => `${name}\n  ${purpose}`).join('\n'),
  );
  if (foreign.length > 0)
    throw new CliError(
      'failed',
      `The database is newer than this program: it has ${foreign.join(', ')}. Use the release that made it.`,
    );
  if (changed.length > 0)
    throw new CliError(
      'failed',
      `${changed.join(', ')} was changed after it was applied. Put it back and write a new file.`,
    );
  return pending.length > 0 ? exitCodes.pending.code : exitCodes.done.code;
}
