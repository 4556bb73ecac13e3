/** Keeps the history of one tenant's stock, as the upkeep of a server does: a process of its own, so that it can be killed. */

import { InProcessBus } from '#platform/bus';
import { systemClock } from '#platform/clock';
import { createDatabase, createPool } from '#platform/db';
import { keepHistory } from '../../src/modules/inventory/ledger/keep-history.ts';

const { DATABASE_URL: url, TENANT_ID: tenantId } = process.env;
const pool = createPool({
  ...{ url: url!, poolSize: 2, maxOverflow: 0, poolTimeoutMs: 10_000, poolRecycleSeconds: 3600 },
});
const db = createDatabase({ pool, clock: systemClock, bus: new InProcessBus() });
await keepHistory(db, tenantId!, 30);
await db.close();
