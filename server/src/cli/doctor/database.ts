/** The database: version, migrations, the walls between tenants, clock, event log. Everything is only read. */
import type pg from 'pg';
import { planMigrations } from '#platform/db';
import { checker, type Finding } from './finding.ts';

const newestKnownVersion = 18;
const skewWarnMs = 2000;
const skewFailMs = 30_000;

export async function checkVersion(client: pg.Client, embedded: boolean): Promise<Finding> {
  const { ok, warn } = checker('database');
  const startedAtMs = performance.now();
  const { rows } = await client.query('show server_version');
  const version = rows[0].server_version as string;
  const tookMs = (performance.now() - startedAtMs).toFixed(1);
  const told = `PostgreSQL ${version}${embedded ? ', embedded,' : ''} answers in ${tookMs} ms.`;
  return Number.parseInt(version, 10) > newestKnownVersion
    ? warn(told, `This release was tested with PostgreSQL up to ${newestKnownVersion}.`)
    : ok(told);
}

/** `isUsable` says whether the tables are those of this release, so that the later checks make sense. */
export async function checkMigrations(client: pg.Client): Promise<{ finding: Finding; isUsable: boolean }> {
  const { ok, warn, fail } = checker('migrations');
  const { pending, foreign, changed } = await planMigrations(client);
  const otherRelease = [...foreign, ...changed];
  if (otherRelease.length > 0) {
    const finding = fail(
      `The database is of another release (${otherRelease.join(', ')}).`,
      'Start the release that made it.',
    );
    return { finding, isUsable: false };
  }
  if (pending.length > 0) {
    const finding = warn(
      `${pending.length} to be applied: ${pending.map((m) => m.name).join(', ')}.`,
      '`tradepost migrate`, or start the server.',
    );
    return { finding, isUsable: false };
  }
  return { finding: ok('All are applied.'), isUsable: true };
}

export async function checkRoles(client: pg.Client): Promise<Finding> {
  const { ok, fail } = checker('roles');
  const { rows } = await client.query<{ name: string; wrong: string | null }>(
    `select r.rolname as name,
       case when r.rolsuper then 'is a superuser' when r.rolbypassrls then 'bypasses row-level security'
         when r.rolcanlogin then 'can log in by itself'
         when exists (select from pg_class c where c.relowner = r.oid and c.relnamespace in ('public'::regnamespace, 'auth'::regnamespace)) then 'owns tables'
       end as wrong
     from pg_roles r where r.rolname in ('tradepost_app', 'tradepost_system', 'tradepost_auth') order by 1`,
  );
  const [bad] = rows.filter((role) => role.wrong !== null);
  if (bad !== undefined)
    return fail(
      `The role ${bad.name} ${bad.wrong}; tenants would not be kept apart.`,
      `As a superuser: alter role ${bad.name} nosuperuser nobypassrls nologin, and give its tables to the owner.`,
    );
  if (rows.length < 3)
    return fail(
      'The roles tradepost_app, tradepost_system, tradepost_auth are not all there.',
      'Restore them with the backup: roles belong to the server, not to the database (pg_dumpall --roles-only).',
    );
  return ok('They own nothing and bypass nothing.');
}

/**
 * Row-level security of every table, by the catalogue and by trying: the role of tenants, with no tenant chosen, must
 * see no row anywhere.
 */
export async function checkRowSecurity(client: pg.Client): Promise<Finding[]> {
  const { ok, fail } = checker('row security');
  const { rows: tables } = await client.query<{
    name: string;
    isForced: boolean;
    isPartition: boolean;
    isOpen: boolean;
    canRead: boolean;
  }>(
    `select c.oid::regclass::text as name, c.relrowsecurity and c.relforcerowsecurity as "isForced", c.relispartition as "isPartition",
       exists (select from pg_policy p where p.polrelid = c.oid and (p.polroles @> array['tradepost_app'::regrole::oid] or p.polroles @> array[0::oid])
         and p.polcmd in ('*', 'r') and pg_get_expr(p.polqual, p.polrelid) !~ 'current_tenant') as "isOpen",
       has_any_column_privilege('tradepost_app', c.oid, 'select') as "canRead"
     from pg_class c where c.relnamespace in ('public'::regnamespace, 'auth'::regnamespace) and c.relkind in ('r', 'p') order by 1`,
  );
  const findings: Finding[] = [];
  for (const table of tables) {
    if (table.isPartition) {
      if (table.canRead)
        findings.push(
          fail(
            `Tenants may read the partition ${table.name} past the rows' guard.`,
            `revoke all on ${table.name} from tradepost_app`,
          ),
        );
      continue;
    }
    // The list of migrations is the owner's alone.
    if (!table.isForced && table.name !== 'schema_migration') {
      findings.push(
        fail(
          `It is not forced on ${table.name}: tenants would see each other's rows.`,
          `alter table ${table.name} enable row level security, force row level security`,
        ),
      );
    } else if (table.isOpen) {
      findings.push(
        fail(
          `A policy of ${table.name} shows its rows whatever the tenant.`,
          'Drop that policy (\\d in psql shows it).',
        ),
      );
    }
  }
  if (findings.length > 0) return findings;
  const readable = tables.filter((t) => t.canRead && !t.isPartition).map((t) => t.name);
  const leaking = await tablesSeenWithoutTenant(client, readable);
  if (leaking.length > 0)
    return [
      fail(
        `With no tenant chosen, rows of ${leaking.join(', ')} are seen.`,
        'Somebody changed policies or current_tenant(): restore them from the migrations.',
      ),
    ];
  return [
    ok(
      `It is forced on all ${tables.filter((t) => !t.isPartition).length - 1} tables; with no tenant chosen, no row is seen.`,
    ),
  ];
}

async function tablesSeenWithoutTenant(client: pg.Client, tables: string[]): Promise<string[]> {
  const leaking: string[] = [];
  await client.query("begin read only; set local role tradepost_app; set local app.tenant_id = ''");
  try {
    for (const name of tables) {
      const { rows } = await client.query(`select exists (select from ${name}) as seen`);
      if (rows[0].seen) leaking.push(name);
    }
  } finally {
    await client.query('rollback');
  }
  return leaking;
}

export async function checkClock(client: pg.Client): Promise<Finding> {
  const beforeMs = Date.now();
  const { rows } = await client.query('select clock_timestamp() as now');
  // The answer was made somewhere between question and arrival.
  const middleMs = (beforeMs + Date.now()) / 2;
  return judgeClock((rows[0].now as Date).getTime() - middleMs);
}

/** @param skewMs positive: the database is ahead */
export function judgeClock(skewMs: number): Finding {
  const { ok, warn, fail } = checker('clock');
  const apart = Math.abs(skewMs);
  const fix = 'Let both machines keep time by NTP (timedatectl set-ntp true).';
  if (apart < skewWarnMs) return ok(`Machine and database agree within ${Math.ceil(apart)} ms.`);
  const told = `The database's clock is ${(apart / 1000).toFixed(1)} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine's`;
  return apart < skewFailMs
    ? warn(`${told}.`, fix)
    : fail(`${told}: schedules, holds and sessions would run out at the wrong time.`, fix);
}

/** Whether anything was sealed or signed with the installation's secret: passwords of marketplaces, sessions. */
export async function needsSecret(client: pg.Client): Promise<boolean> {
  // Under its role: the tables' owner sees no row.
  await client.query('begin read only; set local role tradepost_system');
  const { rows } = await client.query(
    'select exists (select from marketplace_account) or exists (select from auth.session) as needed',
  );
  await client.query('rollback');
  return rows[0].needed;
}

/** Who keeps the readers of the event log waiting. */
export async function checkEventLog(
  client: pg.Client,
  { warnSeconds, failSeconds } = { warnSeconds: 5, failSeconds: 60 },
): Promise<Finding> {
  const { ok, warn, fail } = checker('event log');
  const { rows } = await client.query<{ pid: number; seconds: number; state: string; name: string }>(
    `with blocker as (
       select a.pid, extract(epoch from now() - a.xact_start)::float as seconds, a.state, a.application_name as name
       from pg_stat_activity a
       where a.datname = current_database() and a.backend_xid is not null and a.pid <> pg_backend_pid()
       union all
       select 0, extract(epoch from now() - p.prepared)::float, 'prepared', p.gid from pg_prepared_xacts p where p.database = current_database()
     )
     select * from blocker order by seconds desc limit 1`,
  );
  const [blocker] = rows;
  if (blocker === undefined || blocker.seconds < warnSeconds) return ok('Nothing holds its readers back.');
  const isPrepared = blocker.state === 'prepared';
  const who = isPrepared
    ? `The prepared transaction ${blocker.name}`
    : `Database process ${blocker.pid} (${blocker.name || 'without a name'}, ${blocker.state})`;
  const told = `${who} has written and not committed for ${Math.round(blocker.seconds)} s; no event after it is told to anybody.`;
  const fix = isPrepared
    ? `rollback prepared '${blocker.name}'`
    : `End what it does, or: select pg_terminate_backend(${blocker.pid})`;
  return blocker.seconds < failSeconds ? warn(told, fix) : fail(told, fix);
}
