-- Purpose: the event log, its readers' cursors, and the function the tail reads by.
-- Locks: none that matter, the tables are new. The previous release: there is none.
--
-- Invariants
--   * An event is written by the transaction whose change it announces; nobody else writes or changes one.
--   * Readers follow (xact, id) and stop below the horizon: the oldest transaction of this database that could still
--     commit an event. Identity order alone is not commit order.
--   * Partitions are by day, never granted to anybody, and made and dropped by event_maintain() alone.

create table event (
  id bigint generated always as identity,
  xact xid8 not null default pg_current_xact_id(),
  tenant_id uuid, -- null: for the server itself, such as a revoked credential; no tenant sees it
  channel text not null,
  type text not null,
  version smallint not null,
  data jsonb not null,
  actor text not null,
  created_at timestamptz not null default now(),
  primary key (xact, id, created_at)
) partition by range (created_at);

create index event_tenant on event (tenant_id, xact, id);

alter table event enable row level security;
alter table event force row level security;
create policy tenant_read on event for select to tradepost_app using (tenant_id = current_tenant());
create policy tenant_append on event for insert to tradepost_app with check (tenant_id = current_tenant());
create policy system on event to tradepost_system using (true) with check (true);
create policy credential_append on event for insert to tradepost_auth with check (tenant_id is null and type = 'credential_ended');
grant select, insert on event to tradepost_app;
grant select, insert on event to tradepost_system;
grant insert on event to tradepost_auth;

-- Holds what a day partition that was not made in time would have lost.
create table event_default partition of event default;

-- The epoch is part of every offset. A restore must change it, so that offsets from the lost future are refused.
create table event_epoch (
  one boolean primary key default true check (one),
  epoch uuid not null default gen_random_uuid(),
  timeline text not null default '',
  -- The last event that retention dropped: whoever resumes from before it has missed something.
  dropped_xact xid8 not null default '0',
  dropped_id bigint not null default 0
);
insert into event_epoch default values;
call make_system_table('event_epoch');

create table event_consumer (
  name text primary key,
  xact xid8 not null,
  id bigint not null,
  updated_at timestamptz not null default now()
);
call make_system_table('event_consumer');

-- Everything below the answer has committed or aborted for good, as far as this database's writers go.
--
-- The server's own pg_snapshot_xmin is held back by open writes in any database of the cluster, so only this
-- database's transactions are counted. The order of the steps is what makes it safe: first the next free transaction id, then
-- who is running. A transaction that a later snapshot sees as open either began after the first step (its id is not below
-- it) or was open during the second (it is among those counted). When another login that we may not see is connected,
-- the answer falls back to the cluster's own figure.
-- Source: PostgreSQL manual, "Transaction ID and Snapshot Information Functions", pg_stat_activity.
create function event_horizon(out horizon xid8, out blocker_pid int)
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  next_xid numeric := pg_snapshot_xmax(pg_current_snapshot())::text::numeric;
  epoch_base numeric := floor(next_xid / 4294967296) * 4294967296;
  oldest numeric;
  unseen boolean;
begin
  -- One reading serves a whole transaction otherwise.
  perform pg_stat_clear_snapshot();
  with open_write as (
    select a.pid, a.backend_xid::text::numeric as xid
    from pg_stat_get_activity(null) a
    where a.datid = (select oid from pg_database where datname = current_database()) and a.backend_xid is not null
    union all
    select 0, p.transaction::text::numeric from pg_prepared_xacts p where p.database = current_database()
  ), full_xid as (
    -- Backends show the lower 32 bits. Open transactions lie within half a circle of the next id, on either side of it: ids
    -- are given out above it while older ones are still running.
    select pid, case
        when epoch_base + xid > next_xid + 2147483648 then epoch_base + xid - 4294967296
        when epoch_base + xid < next_xid - 2147483648 then epoch_base + xid + 4294967296
        else epoch_base + xid
      end as xid
    from open_write
  )
  select f.xid, f.pid into oldest, blocker_pid from full_xid f order by f.xid limit 1;

  select exists (
    select from pg_stat_get_activity(null) a
    where a.datid = (select oid from pg_database where datname = current_database())
      and a.backend_type = 'client backend'
      and not pg_has_role(current_user, a.usesysid, 'usage')
  ) into unseen;
  if unseen then
    oldest := least(coalesce(oldest, next_xid), pg_snapshot_xmin(pg_current_snapshot())::text::numeric);
  end if;
  horizon := least(coalesce(oldest, next_xid), next_xid)::text::xid8;
end
$$;
revoke execute on function event_horizon() from public;
grant execute on function event_horizon() to tradepost_system;

-- The next events after a position, in (xact, id) order, gapless; then one row without id that tells how the log stands:
-- {"horizon", "blocker", "waiting"}, where waiting says that committed events lie above the horizon, so look again soon.
-- Volatile on purpose: the reading statement needs a snapshot taken after the horizon was.
create function event_read(after_xact xid8, after_id bigint, max_rows int)
  returns table (xact text, id text, tenant_id uuid, channel text, type text, version smallint, data text, actor text, created_at timestamptz)
  language plpgsql volatile
as $$
declare
  stop xid8;
  blocker int;
begin
  select h.horizon, h.blocker_pid into stop, blocker from event_horizon() h;
  return query
    select e.xact::text, e.id::text, e.tenant_id, e.channel, e.type, e.version, e.data::text, e.actor, e.created_at
    from event e
    where (e.xact, e.id) > (after_xact, after_id) and e.xact < stop
    order by e.xact, e.id
    limit max_rows;
  return query
    select stop::text, null::text, null::uuid, null::text, null::text, null::smallint,
      jsonb_build_object('horizon', stop::text, 'blocker', blocker, 'waiting', exists (select from event e where e.xact >= stop))::text,
      null::text, clock_timestamp();
end
$$;
revoke execute on function event_read(xid8, bigint, int) from public;
grant execute on function event_read(xid8, bigint, int) to tradepost_system;

-- Makes the partitions of today and the days ahead, and drops those older than the retention, once every durable
-- consumer has passed them or at twice the retention; rows of the default partition go by the same rule. Returns the
-- names dropped.
create function event_maintain(days_ahead int, retention_days int) returns text[]
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  day date;
  part record;
  dropped text[] := '{}';
  newest xid8;
  newest_id bigint;
begin
  perform pg_advisory_xact_lock(hashtext('tradepost.event_maintain'));
  for day in select current_date + n from generate_series(0, days_ahead) n loop
    if to_regclass(format('public.event_%s', to_char(day, 'YYYYMMDD'))) is null then
      begin
        execute format(
          'create table public.event_%s partition of public.event for values from (%L) to (%L)',
          to_char(day, 'YYYYMMDD'), day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
      exception when check_violation then
        null; -- the default partition holds rows of that day already, and goes on holding them
      end;
    end if;
  end loop;
  for part in
    select c.relname, to_date(substr(c.relname, 7), 'YYYYMMDD') as day
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'public.event'::regclass and c.relname ~ '^event_\d{8}$'
  loop
    continue when part.day >= current_date - retention_days;
    execute format('select xact, id from public.%I order by xact desc, id desc limit 1', part.relname) into newest, newest_id;
    if part.day < current_date - 2 * retention_days
       or newest is null
       or not exists (select from public.event_consumer c where c.xact <= newest) then
      execute format('drop table public.%I', part.relname);
      update public.event_epoch set dropped_xact = newest, dropped_id = newest_id
        where (dropped_xact, dropped_id) < (newest, newest_id);
      dropped := dropped || part.relname;
    end if;
  end loop;
  with gone as (
    delete from public.event_default e
    where e.created_at < (current_date - 2 * retention_days)::timestamp at time zone 'UTC'
       or (e.created_at < (current_date - retention_days)::timestamp at time zone 'UTC'
         and not exists (select from public.event_consumer c where (c.xact, c.id) < (e.xact, e.id)))
    returning e.xact, e.id
  )
  select g.xact, g.id into newest, newest_id from gone g order by g.xact desc, g.id desc limit 1;
  update public.event_epoch set dropped_xact = newest, dropped_id = newest_id
    where (dropped_xact, dropped_id) < (newest, newest_id);
  return dropped;
end
$$;
revoke execute on function event_maintain(int, int) from public;
grant execute on function event_maintain(int, int) to tradepost_system;
-- The function runs as the owner, on whom row-level security is forced too.
do $$
begin
  execute format('create policy maintenance on event_consumer for select to %I using (true)', current_user);
  execute format('create policy maintenance on event_epoch for all to %I using (true)', current_user);
end
$$;
select event_maintain(3, 14);
