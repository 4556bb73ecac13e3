/** Migrates in a process of its own, for a test that kills it: DATABASE_URL by the files in MIGRATIONS_DIR. */
import { pathToFileURL } from 'node:url';
import { migrate } from '#platform/db';

const { DATABASE_URL, MIGRATIONS_DIR } = process.env as Record<string, string>;
await migrate(DATABASE_URL!, { dir: pathToFileURL(`${MIGRATIONS_DIR}/`) });
