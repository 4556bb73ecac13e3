-- Purpose: background tasks: queue and ledger in one table, their attempts, the workers, the schedules.
-- Locks: none that matter, the tables are new. The previous release: there is none.
--
-- Invariants
--   * A task is enqueued in the transaction whose change asks for it.
--   * At most one task of a lane runs: task_lane. At most one of a dedupe key waits: task_waiting.
--   * Every write of a run names its attempt; a run that was given up can write nothing any more.

create table worker (
  id uuid primary key,
  lock_key int not null, -- the worker's session holds this advisory lock; when the process dies, it is free at once
  host text not null,
  pid int not null,
  started_at timestamptz not null,
  heartbeat_at timestamptz not null
);
call make_system_table('worker');

create table task (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  type text not null,
  status text not null check (status in ('queued', 'running', 'retrying', 'completed', 'failed', 'cancelled')),
  payload jsonb not null,
  lane text,
  dedupe_key text,
  subject text,
  priority smallint not null default 0, -- lower first
  run_at timestamptz not null,
  attempt int not null default 0,
  -- Tries begun before its delays began anew: a person ran it again, or a server stopped in the middle of one.
  forgiven int not null default 0,
  max_attempts int not null, -- forgiven + one more than delays; the claim writes it, since delays can be a setting
  progress jsonb,
  result jsonb,
  error jsonb,
  actor text not null,
  worker_id uuid,
  cancel_requested_at timestamptz,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  primary key (tenant_id, id),
  check ((status = 'running') = (worker_id is not null))
) with (fillfactor = 70);
-- Claiming goes tenant by tenant: at 100,000 waiting tasks of one tenant a claim would sort them all without it.
create index task_due on task (tenant_id, priority, run_at) where status in ('queued', 'retrying');
create unique index task_lane on task (tenant_id, lane) where status = 'running';
create unique index task_waiting on task (tenant_id, dedupe_key) where status in ('queued', 'retrying');
create index task_running on task (worker_id) where status = 'running';
create index task_list on task (tenant_id, created_at desc, id desc);
create index task_ended on task (finished_at) where status in ('completed', 'cancelled');
create index task_dead on task (tenant_id) where status = 'failed';
call make_tenant_table('task', 'select, insert, update');

create table task_attempt (
  tenant_id uuid not null,
  task_id uuid not null,
  attempt int not null,
  worker_id uuid,
  started_at timestamptz not null,
  finished_at timestamptz,
  outcome text not null check (outcome in ('running', 'completed', 'failed', 'cancelled', 'lost')),
  error jsonb,
  primary key (tenant_id, task_id, attempt),
  foreign key (tenant_id, task_id) references task (tenant_id, id) on delete cascade
);
call make_tenant_table('task_attempt', 'select');

create table schedule (
  name text primary key,
  next_at timestamptz not null,
  last_at timestamptz
);
call make_system_table('schedule');
