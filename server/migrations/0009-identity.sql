-- Purpose: settings of a tenant, invitations and password resets by link, two-factor, when a session was last seen; no tenant loses its last owner.
-- Locks: auth.organization, auth.invitation, auth."user" and auth.session for a moment each, to add columns without rewriting them;
-- api_key while an index is made of it.
-- The previous release still runs.

alter table auth.organization
  add column "timeZone" text not null default 'Europe/Bucharest',
  add column currency text not null default 'RON' check (currency ~ '^[A-Z]{3}$'),
  add column locale text not null default 'ro-RO';
create policy tenant_change on auth.organization for update to tradepost_app
  using (id = current_tenant()) with check (id = current_tenant());
grant update (name, "timeZone", currency, locale) on auth.organization to tradepost_app;

create policy tenant_change on auth.member for update to tradepost_app
  using ("organizationId" = current_tenant()) with check ("organizationId" = current_tenant());
create policy tenant_remove on auth.member for delete to tradepost_app using ("organizationId" = current_tenant());
grant update (role), delete on auth.member to tradepost_app;

-- Whoever takes an owner away first takes the tenant's row, so two at once take turns, and the later one counts without the
-- earlier one's owner. When there is no such row the tenant itself goes, and all its members with it.
create function keep_an_owner() returns trigger
  language plpgsql
as $$
begin
  perform from auth.organization where id = old."organizationId" for no key update;
  if found and not exists (
    select from auth.member m where m."organizationId" = old."organizationId" and m.role = 'owner' and m.id <> old.id
  ) then
    raise exception 'the tenant would be without an owner' using errcode = 'check_violation', constraint = 'last_owner';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end
$$;
create trigger keep_an_owner before delete on auth.member for each row
  when (old.role = 'owner') execute function keep_an_owner();
create trigger keep_an_owner_in_role before update on auth.member for each row
  when (old.role = 'owner' and new.role <> 'owner') execute function keep_an_owner();

-- An API key invites too, and is no user.
alter table auth.invitation
  alter column "inviterId" drop not null,
  add column "tokenHash" bytea unique, -- SHA-256 of the link's token; null once it was used or taken back
  add check (role in ('owner', 'manager', 'agent', 'viewer')),
  add check (status in ('pending', 'accepted', 'canceled'));
create unique index invitation_pending on auth.invitation ("organizationId", email) where status = 'pending';
create index invitation_list on auth.invitation ("organizationId", "createdAt" desc, id desc);
create policy tenant on auth.invitation to tradepost_app
  using ("organizationId" = current_tenant()) with check ("organizationId" = current_tenant());
grant select (id, "organizationId", email, role, status, "expiresAt", "inviterId", "createdAt"), insert,
  update (status, "expiresAt", "inviterId", "tokenHash") on auth.invitation to tradepost_app;

alter table auth.session add column "lastSeenAt" timestamptz;
-- A key is looked up by its id alone, before its tenant is known.
create index api_key_by_id on api_key (id);

alter table auth."user" add column "twoFactorEnabled" boolean not null default false;
create table auth."twoFactor" (
  id uuid primary key,
  "userId" uuid not null unique references auth."user" (id) on delete cascade,
  secret text not null, -- both encrypted by better-auth under the installation's secret
  "backupCodes" text not null,
  verified boolean not null default false,
  "failedVerificationCount" int not null default 0,
  "lockedUntil" timestamptz
);

-- Codes that were shown to us lately: none of them counts a second time while it could still be right.
create table auth."usedCode" (
  "userId" uuid not null references auth."user" (id) on delete cascade,
  code text not null,
  "usedAt" timestamptz not null,
  primary key ("userId", code)
);

do $$
declare
  name text;
begin
  foreach name in array array['twoFactor', 'usedCode'] loop
    execute format('alter table auth.%I enable row level security', name);
    execute format('alter table auth.%I force row level security', name);
    execute format('create policy auth on auth.%I to tradepost_auth using (true) with check (true)', name);
    execute format('create policy system on auth.%I to tradepost_system using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on auth.%I to tradepost_auth, tradepost_system', name);
  end loop;
end
$$;

-- The one link by which a member chooses a new password, made by an owner.
create table password_reset (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  user_id uuid not null references auth."user" (id) on delete cascade,
  hash bytea not null unique, -- SHA-256 of the link's token
  remove_two_factor boolean not null,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (tenant_id, user_id)
);
call make_tenant_table('password_reset', 'select, insert, update, delete');
