-- Purpose: facts about the installation itself: that its demo was removed, so that a start does not bring it back.
-- Locks: none that matter, the table is new. The previous release still runs.

create table installation (
  one boolean primary key default true check (one),
  demo_removed_at timestamptz
);
insert into installation default values;
call make_system_table('installation');
