-- Purpose: the three roles the server works under, and the helpers every tenant table uses.
-- Locks: none that matter, the schema is new. The previous release: there is none.
--
-- tradepost_app     what a request or task of one tenant runs under: row-level security shows it that tenant alone.
-- tradepost_system  work across tenants (tail, schedules, expiry, sign-in): its own explicit policies.
-- tradepost_auth    better-auth, which keeps people and sessions in the schema "auth".
--
-- Roles belong to the cluster, not to the database, so another database may have made them already.

do $$
declare
  name text;
begin
  foreach name in array array['tradepost_app', 'tradepost_system', 'tradepost_auth'] loop
    begin
      execute format('create role %I nologin nosuperuser nocreatedb nocreaterole nobypassrls', name);
    exception
      when duplicate_object or unique_violation then null;
    end;
    -- The owner may become the role, but does not inherit its policies: an owner's stray query sees no rows.
    if current_setting('server_version_num')::int >= 160000 then
      execute format('grant %I to %I with set true, inherit false', name, current_user);
    else
      execute format('grant %I to %I', name, current_user);
    end if;
  end loop;
end
$$;

grant usage on schema public to tradepost_app, tradepost_system, tradepost_auth;

-- Unset is null, and null equals nothing: no tenant, no rows, no error. Also on a reused connection, where
-- a setting once made local comes back as the empty string.
create function current_tenant() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('app.tenant_id', true), '')::uuid;

-- Makes a table one of a tenant's: forced row-level security, a policy per role, and the rights named.
create procedure make_tenant_table(target regclass, app_rights text)
  language plpgsql
as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy tenant on %s to tradepost_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', target);
  execute format('create policy system on %s to tradepost_system using (true) with check (true)', target);
  execute format('grant %s on %s to tradepost_app', app_rights, target);
  execute format('grant select, insert, update, delete on %s to tradepost_system', target);
end
$$;

-- Makes a table of the installation, which no tenant may see.
create procedure make_system_table(target regclass)
  language plpgsql
as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy system on %s to tradepost_system using (true) with check (true)', target);
  execute format('grant select, insert, update, delete on %s to tradepost_system', target);
end
$$;

revoke execute on procedure make_tenant_table(regclass, text) from public;
revoke execute on procedure make_system_table(regclass) from public;
