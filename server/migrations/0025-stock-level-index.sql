-- Purpose: one index less to write with every change of stock.
-- Locks: stock_level for an instant. The previous release still runs.

-- Nothing could use it: under row-level security the planner does not take an expression that may fail to an index.
drop index stock_level_low;
