-- Purpose: claiming goes tenant by tenant, so due tasks are found per tenant. At 100,000 waiting tasks of one tenant a
-- claim sorts them all without this index.
-- Locks: writes to "task" wait while the index is built. The previous release still runs, claiming more slowly.

create index task_due_of_tenant on task (tenant_id, priority, run_at) where status in ('queued', 'retrying');
drop index task_due;
