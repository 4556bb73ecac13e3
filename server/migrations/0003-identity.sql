-- Purpose: people and sessions (better-auth's tables, in its schema and role), API keys, the first-owner token.
-- Locks: none that matter, the tables are new. The previous release: there is none.
--
-- Tenants are better-auth's organizations; every tenant table refers to "organization" and goes with it.

create schema auth;
grant usage on schema auth to tradepost_app, tradepost_system, tradepost_auth;

create table auth."user" (
  id uuid primary key,
  name text not null,
  email text not null unique,
  "emailVerified" boolean not null default false,
  image text,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now()
);

create table auth.organization (
  id uuid primary key,
  name text not null,
  slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  logo text,
  metadata text,
  demo boolean not null default false,
  "createdAt" timestamptz not null default now()
);

create table auth.session (
  id uuid primary key,
  token text not null unique,
  "userId" uuid not null references auth."user" (id) on delete cascade,
  "activeOrganizationId" uuid references auth.organization (id) on delete set null,
  "ipAddress" text,
  "userAgent" text,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now()
);
create index session_of_user on auth.session ("userId");

create table auth.account (
  id uuid primary key,
  "accountId" text not null,
  "providerId" text not null,
  "userId" uuid not null references auth."user" (id) on delete cascade,
  "accessToken" text,
  "refreshToken" text,
  "idToken" text,
  "accessTokenExpiresAt" timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  scope text,
  password text,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now(),
  unique ("providerId", "accountId")
);
create index account_of_user on auth.account ("userId");

create table auth.verification (
  id uuid primary key,
  identifier text not null,
  value text not null,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now()
);
create index verification_identifier on auth.verification (identifier);

create table auth.member (
  id uuid primary key,
  "organizationId" uuid not null references auth.organization (id) on delete cascade,
  "userId" uuid not null references auth."user" (id) on delete cascade,
  role text not null check (role in ('owner', 'manager', 'agent', 'viewer')),
  "createdAt" timestamptz not null default now(),
  unique ("userId", "organizationId")
);
create index member_organization on auth.member ("organizationId", "createdAt");

create table auth.invitation (
  id uuid primary key,
  "organizationId" uuid not null references auth.organization (id) on delete cascade,
  email text not null,
  role text not null,
  status text not null default 'pending',
  "expiresAt" timestamptz not null,
  "inviterId" uuid not null references auth."user" (id) on delete cascade,
  "createdAt" timestamptz not null default now()
);

do $$
declare
  name text;
begin
  foreach name in array array['user', 'organization', 'session', 'account', 'verification', 'member', 'invitation'] loop
    execute format('alter table auth.%I enable row level security', name);
    execute format('alter table auth.%I force row level security', name);
    execute format('create policy auth on auth.%I to tradepost_auth using (true) with check (true)', name);
    execute format('create policy system on auth.%I to tradepost_system using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on auth.%I to tradepost_auth, tradepost_system', name);
  end loop;
end
$$;

-- A tenant may see its own row, its members, and of its members' accounts no more than name and e-mail.
create policy tenant on auth.organization for select to tradepost_app using (id = current_tenant());
grant select on auth.organization to tradepost_app;
create policy tenant on auth.member for select to tradepost_app using ("organizationId" = current_tenant());
grant select on auth.member to tradepost_app;
create policy tenant on auth."user" for select to tradepost_app
  using (exists (select from auth.member m where m."userId" = "user".id and m."organizationId" = current_tenant()));
grant select (id, name, email) on auth."user" to tradepost_app;

create table api_key (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  name text not null,
  prefix text not null,
  hash bytea not null unique, -- SHA-256 of the key; 256 random bits need no slow hash
  scopes text[] not null,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  primary key (tenant_id, id)
);
call make_tenant_table('api_key', 'select, insert, update');

create table setup_token (
  hash bytea primary key,
  created_at timestamptz not null default now()
);
call make_system_table('setup_token');

-- Whoever ends a credential, by whatever way, announces it in the same commit; every process drops it from its cache
-- and closes its sockets when the tail brings the event.
create function announce_credential_ended() returns trigger
  language plpgsql
as $$
declare
  credential text;
begin
  case tg_table_name
    when 'session' then credential := 'session:' || old.id;
    when 'member' then credential := 'member:' || old."userId" || ':' || old."organizationId";
    when 'api_key' then credential := 'key:' || old.id;
  end case;
  insert into public.event (tenant_id, channel, type, version, data, actor)
  values (null, 'credentials', 'credential_ended', 1, jsonb_build_object('credential', credential), 'system');
  return null;
end
$$;

create trigger announce_ended after delete on auth.session for each row execute function announce_credential_ended();
create trigger announce_switched after update on auth.session for each row
  when (old."activeOrganizationId" is distinct from new."activeOrganizationId") execute function announce_credential_ended();
create trigger announce_ended after delete on auth.member for each row execute function announce_credential_ended();
create trigger announce_changed after update on auth.member for each row
  when (old.role is distinct from new.role) execute function announce_credential_ended();
create trigger announce_ended after delete on api_key for each row execute function announce_credential_ended();
create trigger announce_revoked after update on api_key for each row
  when (old.revoked_at is null and new.revoked_at is not null) execute function announce_credential_ended();
create policy credential_append_app on event for insert to tradepost_app
  with check (tenant_id is null and type = 'credential_ended' and channel = 'credentials');

-- A key, a member or a session can go with its tenant or its user, by a cascade that runs as the owner.
do $$
begin
  execute format('create policy cascade_append on event for insert to %I with check (tenant_id is null and type = %L)', current_user, 'credential_ended');
end
$$;

create table idempotency_key (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  key text not null,
  operation text not null,
  request_hash bytea not null,
  status smallint, -- null while the request's own transaction is open; nobody else ever sees it so
  response jsonb,
  secret_id uuid, -- the answer held a secret: the repeat is told this id instead
  created_at timestamptz not null default now(),
  primary key (tenant_id, key)
);
create index idempotency_key_age on idempotency_key (created_at);
call make_tenant_table('idempotency_key', 'select, insert, update');
