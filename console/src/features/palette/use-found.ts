import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { StockLevel } from '@tradepost/contracts';
import { query } from '../../api/queries.ts';
import { useText } from '../../i18n/locale.tsx';
import { useSession } from '../session/session.ts';
import { useTaskName } from '../tasks/task-words.tsx';
import { best } from './fuzzy.ts';
import type { Recent } from './recent.ts';

/** Rows of each kind that the palette shows. */
const SHOWN = 5;
/** Letters from which the server is asked: one letter begins half of everything. */
const WORTH_ASKING = 2;

interface Found {
  records: Recent[];
  levels: StockLevel[];
  searching: boolean;
  failed: boolean;
}

/**
 * Records that answer the query. Orders, products and stock are searched by the server; accounts and the latest tasks are
 * few and searched here. A call whose query is no longer the present one is aborted by the query client, and what was
 * found for it stays until the new answer is there.
 *
 * @param search what was typed, once the typing has paused
 */
export function useFound(search: string, onlyStock: boolean): Found {
  const text = useText();
  const nameOf = useTaskName();
  const { permissions } = useSession();
  const asked = search.length >= WORTH_ASKING;
  const calm = { placeholderData: asked ? keepPreviousData : undefined, staleTime: 5_000 };
  const may = (permission: (typeof permissions)[number]) => permissions.includes(permission);
  const others = asked && !onlyStock;

  const orders = useQuery({
    ...query('listOrders', { query: { search, limit: SHOWN } }),
    ...calm,
    enabled: others && may('orders.read'),
  });
  const products = useQuery({
    ...query('listProducts', { query: { search, limit: SHOWN } }),
    ...calm,
    enabled: others && may('products.read'),
  });
  const stock = useQuery({
    ...query('listStockLevels', { query: { search, limit: onlyStock ? 2 * SHOWN : SHOWN } }),
    ...calm,
    enabled: (asked || onlyStock) && may('inventory.read'),
  });
  const accounts = useQuery({
    ...query('listMarketplaceAccounts', { query: { limit: 200 } }),
    enabled: others && may('marketplaces.read'),
  });
  const purchases = useQuery({
    ...query('listPurchaseOrders', { query: { search, limit: SHOWN } }),
    ...calm,
    enabled: others && may('purchasing.read'),
  });
  const suppliers = useQuery({
    ...query('listSuppliers', { query: { search, limit: SHOWN } }),
    ...calm,
    enabled: others && may('purchasing.read'),
  });
  const tasks = useQuery({
    ...query('listTasks', { query: { limit: 100 } }),
    enabled: others && may('tasks.read'),
  });

  const all = [orders, products, stock, accounts, purchases, suppliers, tasks];
  const levels = stock.data?.items ?? [];
  const records: Recent[] = !others
    ? []
    : [
        ...(orders.data?.items ?? []).map(
          (order): Recent => ({
            kind: 'order',
            id: order.id,
            label: order.externalId,
            detail: [order.customerName, text.orders.states[order.status]].filter(Boolean).join(' · '),
          }),
        ),
        ...(products.data?.items ?? []).map(
          (product): Recent => ({
            kind: 'product',
            id: product.id,
            label: product.name,
            detail: product.variants.map(({ sku }) => sku).join(' · '),
          }),
        ),
        // An item is one, wherever it lies.
        ...[...new Map(levels.map((level) => [level.sku, level])).values()].map(
          (level): Recent => ({ kind: 'stock', id: level.sku, label: level.name, detail: level.sku }),
        ),
        ...(purchases.data?.items ?? []).map(
          (order): Recent => ({
            kind: 'purchase_order',
            id: order.id,
            label: order.number,
            detail: `${order.supplierName} · ${text.purchaseOrders.states[order.status]}`,
          }),
        ),
        ...(suppliers.data?.items ?? []).map(
          ({ id, name, email }): Recent => ({
            kind: 'supplier',
            id,
            label: name,
            ...(email ? { detail: email } : {}),
          }),
        ),
        ...best(accounts.data?.items ?? [], search, ({ name }) => name, SHOWN).map(
          (account): Recent => ({
            kind: 'account',
            id: account.id,
            label: account.name,
            detail: text.marketplaces.healths[account.health],
          }),
        ),
        ...best(
          tasks.data?.items ?? [],
          search,
          (task) => `${nameOf(task.type)} ${task.subject ?? ''} ${task.id}`,
          SHOWN,
        ).map(
          (task): Recent => ({
            kind: 'task',
            id: task.id,
            label: nameOf(task.type),
            detail: [task.subject, text.tasks.states[task.status]].filter(Boolean).join(' · '),
          }),
        ),
      ];
  return {
    records,
    levels,
    searching: all.some(({ fetchStatus }) => fetchStatus === 'fetching'),
    failed: all.some(({ isError }) => isError),
  };
}
