-- Purpose: tenants made by a proof of the stock for the time of its run, so that one whose process died can be told and removed.
-- Locks: none that matter; a column with a constant default. The previous release still runs: it makes none.

alter table auth.organization add column scratch boolean not null default false;
comment on column auth.organization.scratch is 'Made for a proof, gone after it. Nobody is a member.';
