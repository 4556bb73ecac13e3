/** `tenant …` and `user …`. */
import type { Role } from '@tradepost/contracts';
import {
  addMember,
  createTenant,
  createUser,
  findUser,
  hashPassword,
  listTenants,
  removeTwoFactor,
  setPassword,
} from '#modules/identity';
import { randomToken } from '#platform/crypto';
import { sqlState } from '#platform/db';
import { CliError } from '../exit-codes.ts';
import { obtainPassword } from '../password.ts';
import type { Session } from '../session.ts';
import { chooseTenant } from '../tenants.ts';
import { plain, shortInstant, table } from '../text.ts';

export async function makeTenant(
  session: Session,
  { options }: { options: { name: string; slug: string | undefined } },
): Promise<undefined> {
  const { name, slug } = options;
  const { db } = await session.openDatabase();
  const made = await db.asSystem('tenant create', async (tx) => {
    const tenant = await createTenant(tx, { name, demo: false, ...(slug !== undefined && { slug }) });
    // A name gives way to one that is there; a slug that somebody chose does not.
    if (slug !== undefined && tenant.slug !== slug)
      throw new CliError(
        'failed',
        `--slug=${JSON.stringify(slug)} is taken; allowed is one that no tenant has.`,
      );
    return { id: tenant.tenantId, slug: tenant.slug, name };
  });
  session.show(made, (t) => `Made the tenant ${t.slug} (${t.id}).`);
}

export async function showTenants(session: Session): Promise<undefined> {
  const { db } = await session.openDatabase();
  const items = await db.asSystem('tenant list', listTenants);
  session.show({ items }, () =>
    table(
      ['SLUG', 'NAME', 'PEOPLE', 'DEMO', 'SINCE', 'ID'],
      items.map((t) => [
        t.slug,
        plain(t.name),
        `${t.members}`,
        t.demo ? 'yes' : '–',
        shortInstant(t.createdAt),
        t.id,
      ]),
      'There is no tenant yet.',
    ),
  );
}

interface PasswordOptions {
  'password-stdin': boolean;
  'generate-password': boolean;
}

export async function makeUser(
  session: Session,
  {
    options,
  }: { options: { email: string; name: string; role: Role; tenant: string | undefined } & PasswordOptions },
): Promise<undefined> {
  const { email, name, role } = options;
  const { db } = await session.openDatabase();
  const tenant = await chooseTenant(db, options.tenant);
  const { password, isGenerated } = await choosePassword(session, email, options);
  const passwordHash = await hashPassword(password);
  const id = await db
    .asSystem('user create', async (tx) => {
      const { userId } = await createUser(tx, { name, email, passwordHash });
      await addMember(tx, { tenantId: tenant.id, userId, role });
      return userId;
    })
    .catch((error: unknown) => {
      if (sqlState(error) !== '23505') throw error;
      throw new CliError(
        'failed',
        `--email=${JSON.stringify(email)} is taken; allowed is an address that nobody has.`,
      );
    });
  const made = {
    id,
    email: email.toLowerCase(),
    name,
    role,
    tenant: tenant.slug,
    ...(isGenerated && { password }),
  };
  session.show(
    made,
    () =>
      `Made ${made.email}, ${role} of ${tenant.slug} (${id}).${isGenerated ? `\nPassword: ${password}` : ''}`,
  );
}

export async function resetPassword(
  session: Session,
  {
    argument: email,
    options,
  }: { argument: string; options: PasswordOptions & { 'remove-two-factor': boolean } },
): Promise<undefined> {
  const { db } = await session.openDatabase();
  const user = await db.asSystem('user reset-password', (tx) => findUser(tx, email));
  if (user === null) throw new CliError('failed', `${JSON.stringify(email)}: nobody has this address.`);
  const { password, isGenerated } = await choosePassword(session, email, options);
  const passwordHash = await hashPassword(password);
  await db.asSystem('user reset-password', async (tx) => {
    await setPassword(tx, user.id, passwordHash);
    if (options['remove-two-factor']) await removeTwoFactor(tx, user.id);
  });
  session.show({ id: user.id, email: email.toLowerCase(), ...(isGenerated && { password }) }, (done) =>
    [
      `${done.email} has another password; all sessions ended.`,
      ...(isGenerated ? [`Password: ${password}`] : []),
    ].join('\n'),
  );
}

async function choosePassword(
  session: Session,
  email: string,
  options: PasswordOptions,
): Promise<{ password: string; isGenerated: boolean }> {
  if (!options['generate-password'])
    return { password: await obtainPassword(session, email, options['password-stdin']), isGenerated: false };
  if (options['password-stdin'])
    throw new CliError('usage', '--password-stdin and --generate-password exclude each other.');
  return { password: randomToken(18), isGenerated: true };
}
