/** How many connections the processes of one start take from the database, and what to do when it has fewer. */
import pg from 'pg';
import { type Config, ConfigError } from '#platform/config';

/** Of one process, beside its pool: the tail, the worker's session, signing in (5), a listener to spare. */
const besidePool = 8;
/** For migrations, other instances' short looks, and a person with psql. */
const forOthers = 10;
/** With fewer a process mostly queues. */
const smallestPool = 4;

/** Counts one process more than serve: a renewed one and its successor overlap. */
function processesOf(config: Config): number {
  return config.supervisor === null ? 1 : config.supervisor.workers + 1;
}

export function connectionsWanted(config: Config): number {
  const { poolSize, maxOverflow } = config.database;
  return processesOf(config) * (poolSize + maxOverflow + besidePool) + forOthers;
}

/**
 * The pool of each process, made smaller when the database has too few connections for all of them; `notice` says so.
 *
 * @throws ConfigError when it has too few for any pool worth its name
 */
export async function fitPools(
  config: Config,
  databaseUrl: string,
): Promise<{ poolSize: number; maxOverflow: number; notice: string | null }> {
  const { poolSize, maxOverflow } = config.database;
  const allowed = await readConnectionLimit(databaseUrl);
  if (connectionsWanted(config) <= allowed) return { poolSize, maxOverflow, notice: null };
  const processes = processesOf(config);
  const fits = Math.floor((allowed - forOthers) / processes) - besidePool;
  if (fits < smallestPool) {
    throw new ConfigError([
      `WORKERS=${config.supervisor?.workers ?? 1} is refused: the database allows ${allowed} connections (max_connections), and so many processes need ${processes * (besidePool + smallestPool) + forOthers} at least.`,
    ]);
  }
  const size = Math.min(poolSize, fits);
  return {
    poolSize: size,
    maxOverflow: fits - size,
    notice: `The database allows ${allowed} connections (max_connections), the processes could take ${connectionsWanted(config)}: each gets DB_POOL_SIZE=${size}, DB_MAX_OVERFLOW=${fits - size}.`,
  };
}

async function readConnectionLimit(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ allowed: number }>(
      `select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as allowed`,
    );
    return rows[0]!.allowed;
  } finally {
    await client.end();
  }
}
