/** `events tail`: the event log, as it is written. */

import { listTenants } from '#modules/identity';
import { InProcessBus } from '#platform/bus';
import type { Database, Tx } from '#platform/db';
import { formatOffset, isStillKept, type LogEvent, type Position, parseOffset, Tail } from '#platform/events';
import { CliError } from '../exit-codes.ts';
import type { Moment } from '../moment.ts';
import type { Session } from '../session.ts';
import { chooseTenant } from '../tenants.ts';
import { plain } from '../text.ts';

interface TailOptions {
  tenant: string | undefined;
  channel: string | undefined;
  type: string | undefined;
  since: Moment | { offset: string } | undefined;
  once: boolean;
}

const pageSize = 500;
const beginning: Position = { xact: 0n, id: 0n };

export async function tailEvents(
  session: Session,
  { options }: { options: TailOptions },
): Promise<undefined> {
  const { db, url } = await session.openDatabase();
  const tenantId = options.tenant === undefined ? null : (await chooseTenant(db, options.tenant)).id;
  const epoch = await db.asSystem('events tail', (tx) =>
    tx.one<{ epoch: string }>('select epoch from event_epoch'),
  );
  const slugs = await createSlugs(db);
  const isWanted = (event: LogEvent) =>
    (tenantId === null || event.tenantId === tenantId) &&
    (options.channel === undefined || event.channel === options.channel) &&
    (options.type === undefined || event.type === options.type);
  const showEvents = async (events: LogEvent[]) => {
    for (const event of events.filter(isWanted))
      session.print(line(session, event, await slugs(event.tenantId), epoch.epoch));
  };

  const start = options.since === undefined ? null : await readStart(db, options.since, epoch.epoch);

  let isAway = false;
  const tail = new Tail({
    url,
    bus: new InProcessBus(),
    onError(error) {
      if (!isAway) session.note(`The database does not answer (${error.message}); trying again.`);
      isAway = true;
    },
  });
  await tail.start();
  await using _stop = { [Symbol.asyncDispose]: () => tail.stop() };
  const now = tail.position;
  await new Promise<void>((resolve, reject) => {
    session.signal.throwIfAborted();
    session.signal.addEventListener('abort', reject, { once: true });
    let shown = start === null ? Promise.resolve() : showHistory(db, { ...start, upTo: now }, showEvents);
    shown.then(options.once ? resolve : undefined, reject);
    tail.subscribe((events) => {
      isAway = false;
      // What comes while history is read waits its turn.
      shown = shown.then(() => showEvents(events));
      shown.catch(reject);
    });
  });
}

/** @throws CliError for an offset that the log cannot go on from */
async function readStart(
  db: Database,
  since: Moment | { offset: string },
  epoch: string,
): Promise<{ after: Position; fromAt: Date | null }> {
  if ('at' in since) return { after: beginning, fromAt: since.at };
  if ('spanMs' in since)
    return { after: beginning, fromAt: new Date(db.clock.now().getTime() - since.spanMs) };
  const after = parseOffset(epoch, since.offset);
  if (after === null)
    throw new CliError(
      'failed',
      `--since=${JSON.stringify(since.offset)} is an offset of another log, from before a restore; allowed is one of this log, or a moment.`,
    );
  if (!(await db.asSystem('events tail', (tx) => isStillKept(tx, after))))
    throw new CliError(
      'failed',
      `--since=${JSON.stringify(since.offset)} lies before what the log still keeps, or after its end; allowed is a later one, or a moment.`,
    );
  return { after, fromAt: null };
}

/** Everything of the range in order, a page at a time. */
async function showHistory(
  db: Database,
  range: { after: Position; upTo: Position; fromAt: Date | null },
  show: (events: LogEvent[]) => Promise<void>,
): Promise<void> {
  for (let { after } = range; ; ) {
    const events = await db.asSystem('events tail', (tx) => readPage(tx, { ...range, after }));
    await show(events);
    if (events.length < pageSize) return;
    after = events.at(-1)!;
  }
}

async function readPage(
  tx: Tx,
  range: { after: Position; upTo: Position; fromAt: Date | null },
): Promise<LogEvent[]> {
  const rows = await tx.query<
    Record<'xact' | 'id' | 'channel' | 'type' | 'data' | 'actor', string> & {
      tenant_id: string | null;
      version: number;
      created_at: Date;
    }
  >(
    `select xact::text, id::text, tenant_id, channel, type, version, data::text, actor, created_at
     from event e
     where (xact, id) > ($1::text::xid8, $2::bigint) and (xact, id) <= ($3::text::xid8, $4::bigint)
       and created_at >= coalesce($5::timestamptz, '-infinity')
     order by e.xact, e.id -- the bare names would be the text columns of the answer
     limit $6`,
    [...[range.after, range.upTo].flatMap((p) => [`${p.xact}`, `${p.id}`]), range.fromAt, pageSize],
  );
  return rows.map(({ tenant_id, created_at, xact, id, ...rest }) => ({
    ...rest,
    xact: BigInt(xact),
    id: BigInt(id),
    tenantId: tenant_id,
    createdAt: created_at,
  }));
}

/** Names of tenants, asked for again when an event names one that is not known yet. */
async function createSlugs(db: Database): Promise<(tenantId: string | null) => Promise<string | null>> {
  const slugs = new Map<string, string>();
  return async (tenantId) => {
    if (tenantId === null) return null;
    if (!slugs.has(tenantId)) {
      for (const { id, slug } of await db.asSystem('events tail', listTenants)) slugs.set(id, slug);
      // One that was removed since stays an id.
      if (!slugs.has(tenantId)) slugs.set(tenantId, tenantId);
    }
    return slugs.get(tenantId)!;
  };
}

function line(session: Session, event: LogEvent, tenant: string | null, epoch: string): string {
  const { tenantId, channel, type, version, actor } = event;
  const at = event.createdAt.toISOString();
  if (session.json) {
    const data = JSON.parse(event.data) as unknown;
    return JSON.stringify({
      offset: formatOffset(epoch, event),
      tenant,
      tenantId,
      channel,
      type,
      version,
      actor,
      createdAt: at,
      data,
    });
  }
  const name = session.style('cyan', type);
  return `${session.style('gray', at)}  ${tenant ?? '–'}  ${channel}  ${name}  ${actor}  ${plain(event.data)}`;
}
