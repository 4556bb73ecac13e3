/** Which tenant a command means. */
import { findTenant, listTenants } from '#modules/identity';
import type { Database } from '#platform/db';
import { CliError } from './exit-codes.ts';

/** The tenant named by slug or id; without a name the only one. @throws CliError naming the choice */
export async function chooseTenant(
  db: Database,
  named: string | undefined,
): Promise<{ id: string; slug: string }> {
  return db.asSystem('choose a tenant', async (tx) => {
    if (named !== undefined) {
      const found = await findTenant(tx, named);
      if (found === null)
        throw new CliError(
          'failed',
          `--tenant=${JSON.stringify(named)}: there is no such tenant. \`tradepost tenant list\` shows them.`,
        );
      return found;
    }
    const tenants = await listTenants(tx);
    if (tenants.length === 1) return tenants[0]!;
    if (tenants.length === 0)
      throw new CliError('failed', 'There is no tenant yet. `tradepost tenant create --name …` makes one.');
    const some = tenants.slice(0, 10).map((t) => t.slug);
    throw new CliError(
      'usage',
      `--tenant is missing; allowed is ${some.join(', ')}${tenants.length > some.length ? ', …' : ''}.`,
    );
  });
}
