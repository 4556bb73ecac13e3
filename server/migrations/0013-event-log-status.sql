-- Purpose: how the event log stands, for /health and /metrics: who holds its readers back, and what a durable consumer lost
--   because it was behind when retention reached its hard limit. And a tail at rest that costs little, however long the log.
-- Locks: ACCESS EXCLUSIVE on event_consumer for an instant; it has a row per consumer. The previous release still runs.

alter table event_consumer
  add column lost_events bigint not null default 0, -- dropped before it read them, ever
  add column lost_at timestamptz; -- when the last of them were dropped

-- The oldest write still open in this database, if there is one: readers stop below it. For a prepared transaction the name
-- is its gid. Runs as the owner, since the activity of other sessions is shown only to those with its rights.
create function event_oldest_write(out pid int, out name text, out state text, out since timestamptz)
  language sql volatile security definer
  set search_path = pg_catalog, pg_temp
  as $$
    select w.pid, w.name, w.state, w.since
    from (
      select a.pid, a.application_name as name, a.state, a.xact_start as since, a.backend_xid as xid
      from pg_stat_get_activity(null) a
      where a.datid = (select oid from pg_database where datname = current_database()) and a.backend_xid is not null
      union all
      select null, p.gid, 'prepared', p.prepared, p.transaction from pg_prepared_xacts p where p.database = current_database()
    ) w
    order by age(w.xid) desc limit 1
  $$;
revoke execute on function event_oldest_write() from public;
grant execute on function event_oldest_write() to tradepost_system;

-- As before, and what is dropped before a consumer has read it is counted for that consumer.
create or replace function event_maintain(days_ahead int, retention_days int) returns text[]
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  today date := (now() at time zone 'UTC')::date; -- the partitions' days are UTC's
  day date;
  part record;
  dropped text[] := '{}';
  newest xid8;
  newest_id bigint;
begin
  perform pg_advisory_xact_lock(hashtext('tradepost.event_maintain'));
  for day in select today + n from generate_series(0, days_ahead) n loop
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
    continue when part.day >= today - retention_days;
    execute format('select xact, id from public.%I order by xact desc, id desc limit 1', part.relname) into newest, newest_id;
    if part.day < today - 2 * retention_days
       or newest is null
       or not exists (select from public.event_consumer c where (c.xact, c.id) < (newest, newest_id)) then
      execute format(
        'update public.event_consumer c set lost_events = c.lost_events + l.n, lost_at = now()
         from (select c.name, count(*) as n from public.event_consumer c join public.%I e on (e.xact, e.id) > (c.xact, c.id) group by c.name) l
         where l.name = c.name', part.relname);
      execute format('drop table public.%I', part.relname);
      update public.event_epoch set dropped_xact = newest, dropped_id = newest_id
        where (dropped_xact, dropped_id) < (newest, newest_id);
      dropped := dropped || part.relname;
    end if;
  end loop;
  with gone as (
    delete from public.event_default e
    where e.created_at < (today - 2 * retention_days)::timestamp at time zone 'UTC'
       or (e.created_at < (today - retention_days)::timestamp at time zone 'UTC'
         and not exists (select from public.event_consumer c where (c.xact, c.id) < (e.xact, e.id)))
    returning e.xact, e.id
  ), lost as (
    update public.event_consumer c set lost_events = c.lost_events + l.n, lost_at = now()
    from (select c.name, count(*) as n from public.event_consumer c join gone e on (e.xact, e.id) > (c.xact, c.id) group by c.name) l
    where l.name = c.name
  )
  select g.xact, g.id into newest, newest_id from gone g order by g.xact desc, g.id desc limit 1;
  update public.event_epoch set dropped_xact = newest, dropped_id = newest_id
    where (dropped_xact, dropped_id) < (newest, newest_id);
  return dropped;
end
$$;
do $$
begin
  execute format('create policy maintenance_loss on event_consumer for update to %I using (true)', current_user);
end
$$;

-- As before, but whether something waits is asked of the log's end: `exists (… where xact >= stop)` was planned as a scan of the
-- whole table (13 ms at 48,000 events, at each look of each process).
create or replace function event_read(after_xact xid8, after_id bigint, max_rows int)
  returns table (xact text, id text, tenant_id uuid, channel text, type text, version smallint, data text, actor text, created_at timestamptz)
  language plpgsql volatile
as $$
declare
  stop xid8;
  blocker int;
  newest xid8;
begin
  select h.horizon, h.blocker_pid into stop, blocker from event_horizon() h;
  return query
    select e.xact::text, e.id::text, e.tenant_id, e.channel, e.type, e.version, e.data::text, e.actor, e.created_at
    from event e
    where (e.xact, e.id) > (after_xact, after_id) and e.xact < stop
    order by e.xact, e.id
    limit max_rows;
  select e.xact into newest from event e order by e.xact desc, e.id desc limit 1;
  return query
    select stop::text, null::text, null::uuid, null::text, null::text, null::smallint,
      jsonb_build_object('horizon', stop::text, 'blocker', blocker, 'waiting', coalesce(newest >= stop, false))::text,
      null::text, clock_timestamp();
end
$$;
