-- Purpose: the audit log: who changed what, with before and after, written by triggers on the tables that people change.
-- Locks: each audited table for a moment, to add three triggers. The previous release still runs; what it changes is
-- recorded under the actor `system`, since it names none.
--
-- Invariants
--   * An entry is written by the statement whose change it records, and commits with it.
--   * Nobody inserts but the triggers and audit_note(), nobody updates, and only audit_expire() deletes.
--   * What is listed as redacted is never in it: of a secret it is said that it changed, not from what to what.
--   * Tables with a ledger of their own (stock, orders, tasks) are not audited: an import of a million orders costs nothing here.

create table audit_entry (
  tenant_id uuid not null, -- no reference: entries of a tenant's own end are written while it goes; then its trigger clears them
  id bigint generated always as identity,
  at timestamptz not null default now(),
  actor text not null,
  actor_name text, -- as it was then
  action text not null check (action in ('insert', 'update', 'delete')),
  entity text not null,
  entity_id text not null,
  entity_name text, -- as it was then: a change records only the fields it touched
  before jsonb, -- of the fields that changed
  after jsonb,
  request_id text,
  primary key (tenant_id, at, id)
);
create index audit_entry_of_entity on audit_entry (tenant_id, entity, entity_id, at, id);
create index audit_entry_age on audit_entry using brin (at);
call make_tenant_table('audit_entry', 'select');
revoke insert, update, delete on audit_entry from tradepost_system;

-- The functions below run as the owner, on whom row-level security is forced too.
do $$
begin
  execute format('create policy writer on audit_entry to %I using (true) with check (true)', current_user);
  execute format('create policy audit on auth."user" for select to %I using (true)', current_user);
  execute format('create policy audit on auth.member for select to %I using (true)', current_user);
  execute format('create policy audit on api_key for select to %I using (true)', current_user);
end
$$;

-- The fields of `doc` that are not the same in `other`; of secret ones that there is a value, not which.
create function audit_fields(doc jsonb, other jsonb, redacted text[]) returns jsonb
  language sql immutable parallel safe
  return (
    select jsonb_object_agg(f.key, case when f.key = any (redacted) and f.value <> 'null' then '"redacted"' else f.value end)
    from jsonb_each(doc) f
    where f.value is distinct from other -> f.key
  );

-- `who` is an actor: its name as it is now. A person's or a key's; nobody else has one.
create function audit_actor_name(who text) returns text
  language sql stable
  return case
    when who ~ '^user:[0-9a-f-]{36}$' then (select u.name from auth."user" u where u.id = substr(who, 6)::uuid)
    when who ~ '^key:[0-9a-f-]{36}$' then (select k.name from public.api_key k where k.id = substr(who, 5)::uuid)
  end;

-- The trigger of every audited table, once a statement. Its arguments are those of audit_table: entity, column of the tenant,
-- column of the id, redacted columns, ignored columns, column of the name.
--
-- The actor is who the transaction acts for. Where it acts for nobody, as better-auth's do, it is the user of the row.
-- `offset 0` keeps a row from being made into JSON once for each place that reads it; most tables have nothing redacted, and
-- then a new row is taken as it is. Measured: with its entry the insert of a product costs a tenth more by itself and a third
-- more among five hundred; without both of these it cost about twice as much.
--
-- The plan is made for the one row of a session's first change and kept; a nested loop would compare each old row of a
-- thousand with each new one, as JSON: 20 s. A hash of them takes 30 ms.
create function audit_change() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set enable_nestloop = off
as $$
declare
  entity constant text := tg_argv[0];
  tenant_column constant text := tg_argv[1];
  id_column constant text := tg_argv[2];
  redacted constant text[] := tg_argv[3];
  ignored constant text[] := tg_argv[4];
  name_column constant text := tg_argv[5];
  tenants_of constant text := substring(tenant_column from '^user:(.*)');
  -- An id may be that of several tenants' rows, which one statement may change together.
  own_column constant text := coalesce(tenants_of, tenant_column);
  name_of constant text := substring(name_column from '^user:(.*)');
  acting constant text := nullif(current_setting('app.actor', true), '');
  acting_name constant text := public.audit_actor_name(acting);
  request constant text := nullif(current_setting('app.request_id', true), '');
begin
  -- The three differ in the tables they may name.
  if tg_op = 'INSERT' then
    insert into public.audit_entry (tenant_id, actor, actor_name, action, entity, entity_id, entity_name, after, request_id)
      select t.id, a.actor, coalesce(acting_name, public.audit_actor_name(a.actor)), 'insert', entity, c.doc ->> id_column,
        case when name_of is null then c.doc ->> name_column else public.audit_actor_name('user:' || (c.doc ->> name_of)) end,
        case when redacted = '{}' then c.shown else public.audit_fields(c.shown, '{}', redacted) end, request
      from (select to_jsonb(r) as doc, jsonb_strip_nulls(to_jsonb(r) - ignored) as shown from new_rows r offset 0) c
      cross join lateral (select coalesce(acting, 'user:' || (c.doc ->> tenants_of), 'system') as actor) a
      cross join lateral (
        select (c.doc ->> tenant_column)::uuid as id where tenants_of is null
        union all select m."organizationId" from auth.member m where m."userId" = (c.doc ->> tenants_of)::uuid
      ) t;
  elsif tg_op = 'DELETE' then
    insert into public.audit_entry (tenant_id, actor, actor_name, action, entity, entity_id, entity_name, before, request_id)
      select t.id, a.actor, coalesce(acting_name, public.audit_actor_name(a.actor)), 'delete', entity, c.doc ->> id_column,
        case when name_of is null then c.doc ->> name_column else public.audit_actor_name('user:' || (c.doc ->> name_of)) end,
        case when redacted = '{}' then c.shown else public.audit_fields(c.shown, '{}', redacted) end, request
      from (select to_jsonb(r) as doc, jsonb_strip_nulls(to_jsonb(r) - ignored) as shown from old_rows r offset 0) c
      cross join lateral (select coalesce(acting, 'user:' || (c.doc ->> tenants_of), 'system') as actor) a
      cross join lateral (
        select (c.doc ->> tenant_column)::uuid as id where tenants_of is null
        union all select m."organizationId" from auth.member m where m."userId" = (c.doc ->> tenants_of)::uuid
      ) t;
  else
    insert into public.audit_entry (tenant_id, actor, actor_name, action, entity, entity_id, entity_name, before, after, request_id)
      select t.id, a.actor, coalesce(acting_name, public.audit_actor_name(a.actor)), 'update', entity, c.doc ->> id_column,
        case when name_of is null then c.doc ->> name_column else public.audit_actor_name('user:' || (c.doc ->> name_of)) end,
        public.audit_fields(c.was, c.shown, redacted), public.audit_fields(c.shown, c.was, redacted), request
      from (
        select n.doc, o.doc - ignored as was, n.doc - ignored as shown
        from (select to_jsonb(r) as doc from old_rows r offset 0) o
        join (select to_jsonb(r) as doc from new_rows r offset 0) n
          on n.doc -> id_column = o.doc -> id_column and n.doc -> own_column = o.doc -> own_column
        offset 0
      ) c
      cross join lateral (select coalesce(acting, 'user:' || (c.doc ->> tenants_of), 'system') as actor) a
      cross join lateral (
        select (c.doc ->> tenant_column)::uuid as id where tenants_of is null
        union all select m."organizationId" from auth.member m where m."userId" = (c.doc ->> tenants_of)::uuid
      ) t
      where c.was <> c.shown;
  end if;
  return null;
end
$$;

-- Puts a table under audit: `entity` is what the log calls its rows. `tenant_column` names the tenant; as `user:<column>` it
-- names a user, and the row's changes belong in the log of every tenant they are a member of. `name_column` is what people call
-- the row, or as `user:<column>` the user whose name that is. Generated columns, search vectors, and the columns that
-- say of every change that there was one are ignored by themselves.
create procedure audit_table(
  target regclass, entity text, redacted text[] default '{}', ignored text[] default '{}',
  tenant_column text default 'tenant_id', id_column text default 'id', name_column text default 'name'
)
  language plpgsql
as $$
declare
  all_ignored text[] := ignored || array['tenant_id', 'organizationId', 'version', 'created_at', 'updated_at', 'createdAt', 'updatedAt'] || array(
    select attname::text from pg_attribute
    where attrelid = target and attnum > 0 and not attisdropped and (attgenerated <> '' or atttypid = 'tsvector'::regtype)
  );
  arguments text := format('%L, %L, %L, %L, %L, %L', entity, tenant_column, id_column, redacted, all_ignored, name_column);
begin
  execute format('create trigger audit_insert after insert on %s referencing new table as new_rows
    for each statement execute function audit_change(%s)', target, arguments);
  execute format('create trigger audit_update after update on %s referencing old table as old_rows new table as new_rows
    for each statement execute function audit_change(%s)', target, arguments);
  execute format('create trigger audit_delete after delete on %s referencing old table as old_rows
    for each statement execute function audit_change(%s)', target, arguments);
end
$$;

-- What is no change of a row but concerns a user: a sign-in, refused or not. `doc` must hold no secret.
create function audit_note(tenant uuid, who text, entity text, entity_id text, doc jsonb, request_id text) returns void
  language sql security definer
  set search_path = pg_catalog, pg_temp
begin atomic
  insert into public.audit_entry (tenant_id, actor, actor_name, action, entity, entity_id, entity_name, after, request_id)
  values (tenant, who, public.audit_actor_name(who), 'insert', entity, entity_id, public.audit_actor_name('user:' || entity_id), doc, request_id);
end;

-- Drops the entries before an instant, `max_rows` at most; returns how many.
create function audit_expire(before_at timestamptz, max_rows int) returns int
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  gone int;
begin
  delete from public.audit_entry
    where ctid = any (array(select e.ctid from public.audit_entry e where e.at < before_at limit max_rows));
  get diagnostics gone = row_count;
  return gone;
end
$$;

-- A tenant that goes takes its log along: at the commit, after all that records its end.
create function audit_forget() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
begin
  delete from public.audit_entry where tenant_id = old.id;
  return null;
end
$$;
create constraint trigger audit_forget after delete on auth.organization deferrable initially deferred
  for each row execute function audit_forget();

revoke execute on function audit_fields(jsonb, jsonb, text[]), audit_actor_name(text), audit_change(), audit_forget(),
  audit_note(uuid, text, text, text, jsonb, text), audit_expire(timestamptz, int) from public;
revoke execute on procedure audit_table(regclass, text, text[], text[], text, text, text) from public;
grant execute on function audit_note(uuid, text, text, text, jsonb, text), audit_expire(timestamptz, int) to tradepost_system;

-- What is ignored of a product is derived, by triggers of the catalogue.
call audit_table('product', 'product', ignored => '{name_key,variant_text,sku,price_minor}');
call audit_table('variant', 'variant', name_column => 'sku');
call audit_table('location', 'location');
call audit_table('marketplace_account', 'marketplace_account',
  redacted => '{password_sealed}', ignored => '{failing_since,last_success_at}');
call audit_table('api_key', 'api_key', redacted => '{hash}', ignored => '{last_used_at}');
call audit_table('password_reset', 'password_reset', redacted => '{hash}', id_column => 'user_id', name_column => 'user:user_id');
call audit_table('auth.organization', 'tenant', tenant_column => 'id');
call audit_table('auth."user"', 'user', ignored => '{emailVerified,image,twoFactorEnabled}', tenant_column => 'user:id');
call audit_table('auth.member', 'member', tenant_column => 'organizationId', id_column => 'userId',
  name_column => 'user:userId');
call audit_table('auth.invitation', 'invitation', redacted => '{tokenHash}', tenant_column => 'organizationId',
  name_column => 'email');
call audit_table('auth.account', 'password', redacted => '{password,accessToken,refreshToken,idToken}',
  ignored => '{id,accountId,providerId,scope,accessTokenExpiresAt,refreshTokenExpiresAt}', tenant_column => 'user:userId', id_column => 'userId',
  name_column => 'user:userId');
call audit_table('auth."twoFactor"', 'two_factor', redacted => '{secret,backupCodes}',
  ignored => '{id,failedVerificationCount,lockedUntil}', tenant_column => 'user:userId', id_column => 'userId',
  name_column => 'user:userId');

-- Of the catalogue, what is there by now. Of a listing only what people decide: the rest is the marketplace's.
do $$
begin
  if to_regclass('category') is not null then
    call audit_table('category', 'category');
  end if;
  if to_regclass('brand') is not null then
    call audit_table('brand', 'brand', ignored => '{name_key}');
  end if;
  if to_regclass('listing') is not null then
    call audit_table('listing', 'listing', ignored =>
      '{part_number_key,part_number,barcodes,name,brand,description,price_minor,currency,vat_rate_bps,status,stock,reason,candidates}');
  end if;
end
$$;
