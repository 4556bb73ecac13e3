-- Purpose: the catalogue, whole: fields of products and variants, categories as a tree, brands, search, bulk changes that can
-- be undone, what marketplaces list.
-- Locks: product and variant are locked and written whole, once; about a minute for a million products. The previous
-- release still runs: its products get everything here from the triggers, but a category it writes as text is not taken over.
--
-- Invariants
--   * What a product shows of its variants (sku, price_minor, variant_text) and what it is found by (name_key, search) is
--     written by triggers, so no writer can forget it.
--   * Every lexeme of `search` begins with its tenant's tag: a search reads no other tenant's part of the index.
--   * Categories are a forest: a move that would close a circle is refused, also when two moves meet.

do $$
declare
  name text;
begin
  foreach name in array array['pg_trgm', 'btree_gin', 'fuzzystrmatch'] loop
    begin
      execute format('create extension if not exists %I', name);
    exception when others then
      raise exception 'the search needs the extension %, which could not be created: %', name, sqlerrm
        using hint = format('Install PostgreSQL''s contrib modules, or let an administrator run: create extension %s', name);
    end;
  end loop;
  -- An administrator may have put them into a schema of their own.
  perform set_config('search_path', (
    select string_agg(distinct quote_ident(nspname), ', ') || ', public'
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where extname in ('pg_trgm', 'btree_gin', 'fuzzystrmatch') and nspname <> 'public'
  ), true)
  where exists (select from pg_extension e where extname in ('pg_trgm', 'btree_gin', 'fuzzystrmatch') and extnamespace <> 'public'::regnamespace);
end
$$;

-- Text as it is compared: small letters without accents. Declared immutable, as its parts are within one database.
create function search_fold(words text) returns text
  language sql immutable parallel safe strict
  return translate(lower(regexp_replace(normalize(words, nfkd), '[\u0300-\u036f]', '', 'g')), 'đøłı', 'doli');

-- The words of a text, folded. One that holds a joiner (nw-001) comes whole and in its parts. Written without regular
-- expressions, which took five times as long.
create function search_words(words text) returns text[]
  language sql immutable parallel safe strict
  return (
    with whole as (
      select btrim(w, '-._/+') as word
      from unnest(string_to_array(
        translate(search_fold(words), E'!"#$%&\'()*,:;<=>?@[\\]^`{|}~\t\n\r\u00a0«»„“”‘’–—…', repeat(' ', 50)), ' ')) w
    )
    select coalesce(array_agg(distinct left(w.word, 64)), '{}')
    from (
      select word from whole
      union all
      select unnest(string_to_array(translate(word, '-._/+', '     '), ' ')) from whole where word ~ '[-._/+]'
    ) w
    where w.word <> ''
  );

create function slug_of(name text) returns text
  language sql immutable parallel safe strict
  return coalesce(nullif(trim(both '-' from regexp_replace(search_fold(name), '[\s!-/:-@\[-`{-~]+', '-', 'g')), ''), 'category');

-- What the lexemes of a tenant begin with. Two tenants may share one: then they share a part of the index, never a row.
create function search_tag(tenant uuid) returns text
  language sql immutable parallel safe strict
  return right(tenant::text, 6) || ':';

create table category (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  parent_id uuid,
  name text not null,
  slug text not null generated always as (slug_of(name)) stored,
  position int not null check (position >= 0),
  created_at timestamptz not null,
  primary key (tenant_id, id),
  constraint category_slug unique nulls not distinct (tenant_id, parent_id, slug),
  foreign key (tenant_id, parent_id) references category (tenant_id, id)
);
call make_tenant_table('category', 'select, insert, update, delete');

-- Refuses circles and depths over 10. Moves of one tenant take turns, so that each sees the ones before it.
create function category_keep_tree() returns trigger
  language plpgsql
as $$
declare
  above int;
  below int;
begin
  if new.parent_id is null and tg_op = 'INSERT' then
    return new;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('tradepost.category ' || new.tenant_id, 0));
  with recursive up as (
    select c.parent_id, 1 as depth from category c where c.tenant_id = new.tenant_id and c.id = new.parent_id
    union all
    select c.parent_id, up.depth + 1 from up join category c on c.tenant_id = new.tenant_id and c.id = up.parent_id
    where up.depth < 100 and up.parent_id <> new.id
  )
  select coalesce(max(up.depth), 0) into above from up;
  with recursive down as (
    select new.id, 1 as depth
    union all
    select c.id, down.depth + 1 from down join category c on c.tenant_id = new.tenant_id and c.parent_id = down.id
    where down.depth < 100
  )
  select max(down.depth) into below from down where not exists (select from down d where d.id = new.parent_id);
  if below is null then
    raise exception 'the category would lie below itself' using errcode = 'check_violation', constraint = 'category_no_circle';
  end if;
  if above + below > 10 then
    raise exception 'the tree would be deeper than 10' using errcode = 'check_violation', constraint = 'category_depth';
  end if;
  return new;
end
$$;
create trigger keep_tree before insert or update of parent_id on category for each row execute function category_keep_tree();

create table brand (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  name text not null,
  name_key text not null collate "C" generated always as (search_fold(name)) stored,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, name_key)
);
call make_tenant_table('brand', 'select, insert');

alter table product
  add description text,
  add status text not null default 'active' check (status in ('draft', 'active', 'archived')),
  add brand_id uuid,
  add category_id uuid,
  add attributes jsonb not null default '{}',
  add deleted_at timestamptz,
  add sku text not null default '' collate "C",
  add price_minor bigint not null default 0,
  add variant_text text not null default '',
  add name_key text not null default '' collate "C",
  add search tsvector not null default '',
  add foreign key (tenant_id, brand_id) references brand (tenant_id, id),
  add foreign key (tenant_id, category_id) references category (tenant_id, id);
comment on column product.category is 'Of the releases before 0008; not read any more.';
comment on column product.sku is 'First SKU of its variants, for sorting.';
comment on column product.price_minor is 'Lowest price of its variants that are sold.';

alter table variant
  add status text not null default 'active' check (status in ('active', 'archived')),
  add part_number text,
  add cost_minor bigint check (cost_minor >= 0),
  add vat_rate_bps int check (vat_rate_bps between 0 and 10000),
  add weight_grams int check (weight_grams >= 0),
  add attributes jsonb not null default '{}',
  add sku_key text not null collate "C" generated always as (search_fold(sku)) stored,
  add part_number_key text collate "C" generated always as (search_fold(part_number)) stored;
grant delete on variant to tradepost_app;

-- Words that names of products are made of, for the search that forgives typing errors. A word stays when its last product goes:
-- it costs one look then.
create table catalogue_word (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  word text not null collate "C",
  primary key (tenant_id, word)
);
call make_tenant_table('catalogue_word', 'select, insert');

create table bulk_change (
  tenant_id uuid not null references auth.organization (id) on delete cascade,
  id uuid not null,
  before jsonb not null, -- per product: its version after the change, and what the change replaced
  actor text not null,
  created_at timestamptz not null,
  undone_at timestamptz,
  primary key (tenant_id, id)
);
create index bulk_change_age on bulk_change (created_at);
call make_tenant_table('bulk_change', 'select, insert, update');

create function product_find_by() returns trigger
  language plpgsql
as $$
declare
  brand_name text;
begin
  select b.name into brand_name from brand b where b.tenant_id = new.tenant_id and b.id = new.brand_id;
  new.name_key := left(search_fold(new.name), 100);
  new.search := array_to_tsvector(array(
    select search_tag(new.tenant_id) || w
    from unnest(search_words(concat_ws(' ', new.name, brand_name, new.variant_text))) w limit 1000));
  return new;
end
$$;
create trigger find_by before insert or update of name, brand_id, variant_text on product
  for each row execute function product_find_by();

-- In the order of the words, so that two writers of new words never wait for each other in a circle.
create function product_keep_words() returns trigger
  language plpgsql
as $$
begin
  insert into catalogue_word (tenant_id, word)
  select distinct c.tenant_id, w.word
  from changed c cross join lateral (select substr(lexeme, 8) as word from unnest(tsvector_to_array(c.search)) lexeme) w
  where length(w.word) between 3 and 40 and w.word !~ '[-._/+0-9]'
    and not exists (select from catalogue_word k where k.tenant_id = c.tenant_id and k.word = w.word)
  order by 1, 2
  on conflict do nothing;
  return null;
end
$$;

create function variant_summarise() returns trigger
  language plpgsql
as $$
begin
  -- Summed up once per product, before the join: a plan for an empty table would do it for each pair of rows.
  with c as materialized (
    select distinct tenant_id, product_id from changed
  ), s as materialized (
    select c.tenant_id, c.product_id, v.* from c cross join lateral (
      select min(v.sku collate "C") as sku,
        coalesce(min(v.price_minor) filter (where v.status = 'active'), min(v.price_minor)) as price_minor,
        string_agg(distinct v.name, ' ') as variant_text
      from variant v where v.tenant_id = c.tenant_id and v.product_id = c.product_id) v
    where v.sku is not null
  )
  update product p set sku = s.sku, price_minor = s.price_minor, variant_text = s.variant_text from s
  where p.tenant_id = s.tenant_id and p.id = s.product_id
    and (p.sku, p.price_minor, p.variant_text) is distinct from (s.sku, s.price_minor, s.variant_text);
  return null;
end
$$;

-- Rows there already. A plain owner sees none of them, the system role all.
set local role tradepost_system;
insert into category (tenant_id, id, name, position, created_at)
select tenant_id, gen_random_uuid(), category, row_number() over (partition by tenant_id order by category) - 1, now()
from (select distinct on (tenant_id, slug_of(category)) tenant_id, category from product
  where category is not null order by tenant_id, slug_of(category), category) c;
update product p set
  category_id = (select c.id from category c where c.tenant_id = p.tenant_id and c.parent_id is null and c.slug = slug_of(p.category)),
  sku = coalesce(s.sku, ''), price_minor = coalesce(s.price_minor, 0), variant_text = coalesce(s.variant_text, '')
from product q
left join (
  select tenant_id, product_id, min(sku collate "C") as sku, min(price_minor) as price_minor, string_agg(distinct name, ' ') as variant_text
  from variant group by tenant_id, product_id
) s on s.tenant_id = q.tenant_id and s.product_id = q.id
where p.tenant_id = q.tenant_id and p.id = q.id;
insert into catalogue_word (tenant_id, word)
select distinct p.tenant_id, w.word
from product p cross join lateral (select substr(lexeme, 8) as word from unnest(tsvector_to_array(p.search)) lexeme) w
where length(w.word) between 3 and 40 and w.word !~ '[-._/+0-9]';
reset role;

create trigger keep_words_insert after insert on product
  referencing new table as changed for each statement execute function product_keep_words();
create trigger keep_words_update after update on product
  referencing new table as changed for each statement execute function product_keep_words();
create trigger summarise_insert after insert on variant
  referencing new table as changed for each statement execute function variant_summarise();
create trigger summarise_update after update on variant
  referencing new table as changed for each statement execute function variant_summarise();
create trigger summarise_delete after delete on variant
  referencing old table as changed for each statement execute function variant_summarise();

-- One per sort and per filter that a person clicks. Deleted products are few and have their own.
create index product_updated on product (tenant_id, updated_at desc, id desc) where deleted_at is null;
create index product_name on product (tenant_id, name_key, id) where deleted_at is null;
create index product_price on product (tenant_id, price_minor, id) where deleted_at is null;
create index product_sku on product (tenant_id, sku, id) where deleted_at is null;
create index product_status on product (tenant_id, status, created_at desc, id desc) where deleted_at is null;
create index product_category on product (tenant_id, category_id, created_at desc, id desc) where deleted_at is null;
create index product_brand on product (tenant_id, brand_id, created_at desc, id desc) where deleted_at is null;
-- What a shop front asks for most; each passes over what another filter leaves out without a look at the product.
create index product_category_price on product (tenant_id, category_id, price_minor, id) include (brand_id, status) where deleted_at is null;
create index product_brand_price on product (tenant_id, brand_id, price_minor, id) include (category_id, status) where deleted_at is null;
create index product_deleted on product (tenant_id, created_at desc, id desc) where deleted_at is not null;
-- Without the pending list, which every search would read through.
create index product_search on product using gin (search) with (fastupdate = off);
create index catalogue_word_similar on catalogue_word using gin (tenant_id, word gin_trgm_ops) with (fastupdate = off);
create index variant_sku_key on variant (tenant_id, sku_key);
create index variant_barcode on variant (tenant_id, barcode) where barcode is not null;
create index variant_part_number on variant (tenant_id, part_number_key) where part_number_key is not null;
-- Few of either kind are found at once; which levels have something is nothing that the planner could guess.
create index stock_level_available on stock_level (tenant_id, variant_id) where on_hand > reserved;
create index stock_level_none on stock_level (tenant_id, variant_id) where on_hand = reserved;

-- What the index is asked for these words (of search_words): all of them, each as the beginning of a word; or a word of
-- this tenant in its place: with `resembling` = 'close' one that is a typing error away (one letter in words of four or five,
-- two in longer ones), with 'any' whatever shares enough of its letters. Null for no words.
--
-- Row-level security lets no operator but the few leakproof ones near an index before it has shown the row, and neither
-- resemblance nor text search is among them. So these two functions run as the system role and ask for the tenant themselves.
create function search_query(words text[], resembling text) returns tsquery
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  tenant uuid := current_tenant();
  tag text := search_tag(tenant);
  parts text[];
begin
  select array_agg(case when resembling is not null then w.part || coalesce((
        select ' | ' || string_agg(quote_literal(tag || s.word), ' | ')
        from (select k.word from catalogue_word k
          where k.tenant_id = tenant and k.word % w.word
            and (resembling = 'any' or levenshtein_less_equal(k.word, w.word, 2) <= case when length(w.word) < 4 then 0 when length(w.word) < 6 then 1 else 2 end)
          order by similarity(k.word, w.word) desc, k.word limit 8) s), '')
      else w.part end)
    into parts
  from (select word, quote_literal(tag || word) || ':*' as part from unnest(words) word) w;
  return ('(' || array_to_string(parts, ') & (') || ')')::tsquery;
end
$$;

-- Products that match both queries, `max_rows` at most, in no order, deleted ones too. Found by the index of the words,
-- whatever the statistics say; of the two only `sought` is looked up in it, so that words which many products have need
-- not be read through there.
create function search_products(sought tsquery, required tsquery, max_rows int) returns setof uuid
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
  set enable_seqscan = off
  set enable_indexscan = off
as $$
begin
  -- Run as text, so that it is planned for this query. The function behind the operator is not seen by the index.
  return query execute
    'select p.id from public.product p where p.search @@ $1 and ts_match_vq(p.search, $2) and p.tenant_id is not distinct from $3 limit $4'
    using sought, required, current_tenant(), max_rows;
end
$$;

-- Owning them, the system role needs the right to make them for this moment; where an administrator has put extensions into
-- a schema of their own, they look there too.
grant create on schema public to tradepost_system;
do $$
declare
  schemas text := (select string_agg(distinct quote_ident(nspname), ', ') from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where extname in ('pg_trgm', 'fuzzystrmatch') and nspname <> 'public');
begin
  if schemas is not null then
    execute format('alter function search_query(text[], text) set search_path = pg_catalog, public, %s, pg_temp', schemas);
  end if;
end
$$;
alter function search_query(text[], text) owner to tradepost_system;
alter function search_products(tsquery, tsquery, int) owner to tradepost_system;
revoke create on schema public from tradepost_system;
revoke execute on function search_query(text[], text) from public;
revoke execute on function search_products(tsquery, tsquery, int) from public;
grant execute on function search_query(text[], text) to tradepost_app;
grant execute on function search_products(tsquery, tsquery, int) to tradepost_app;

create table listing (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  external_id text not null,
  part_number_key text,
  part_number text,
  barcodes text[] not null,
  name text not null,
  brand text,
  description text,
  price_minor bigint,
  currency char(3),
  vat_rate_bps int,
  status text not null check (status in ('inactive', 'active', 'end_of_life')),
  stock int,
  state text not null check (state in ('linked', 'unmatched')),
  matched_by text check (matched_by in ('ean', 'part_number', 'created', 'person')),
  reason text,
  variant_id uuid,
  candidates uuid[] not null default '{}',
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, account_id, external_id),
  check ((state = 'linked') = (variant_id is not null)),
  foreign key (tenant_id, account_id) references marketplace_account (tenant_id, id) on delete cascade,
  foreign key (tenant_id, variant_id) references variant (tenant_id, id)
);
create index listing_unmatched on listing (tenant_id, id) where state = 'unmatched';
create index listing_variant on listing (tenant_id, variant_id);
call make_tenant_table('listing', 'select, insert, update');

alter table sync_run drop constraint sync_run_kind_check;
alter table sync_run add constraint sync_run_kind_check check (kind in ('sync_orders', 'acknowledge_orders', 'sync_products'));
