/** The contracts' operations as queries and mutations. A query's key is `[operation, input]`, so events can find it. */
import {
  infiniteQueryOptions,
  QueryClient,
  queryOptions,
  type UseMutationResult,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { useRef } from 'react';
import { CallFailed, call, newIdempotencyKey } from './call.ts';
import {
  type CallInput,
  type CallOutput,
  endpoints,
  type ItemOf,
  type ListOperation,
  type Operation,
} from './endpoints.ts';

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Events keep what is shown fresh; this only spares refetches while someone walks between pages.
        staleTime: 30_000,
        // The browser's guess whether it is online says nothing about a server on this machine or network.
        networkMode: 'always',
        refetchOnWindowFocus: false,
        retry: (failures, error) =>
          failures < 2 && (!(error instanceof CallFailed) || error.status === 0 || error.status === 503),
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
}

export function query<K extends Operation>(operation: K, input: CallInput<K>) {
  return queryOptions<CallOutput<K>, Error, CallOutput<K>, readonly [K, CallInput<K>]>({
    queryKey: [operation, input] as const,
    queryFn: ({ signal }) => call(operation, input, { signal }),
  });
}

/** One page of a keyset list. */
export interface ListPage<T> {
  items: T[];
  nextCursor: string | null;
}

/** A keyset list that grows by "more". */
export function list<K extends ListOperation>(operation: K, input: CallInput<K>) {
  return infiniteQueryOptions({
    queryKey: [operation, input, 'pages'] as const,
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }): Promise<ListPage<ItemOf<K>>> => {
      const withCursor = {
        ...(input as object),
        query: {
          ...(input as { query?: object }).query,
          ...(pageParam === null ? {} : { cursor: pageParam }),
        },
      };
      const page = await call(operation, withCursor as CallInput<K>, { signal });
      return page as ListPage<ItemOf<K>>;
    },
    getNextPageParam: (last: ListPage<ItemOf<K>>) => last.nextCursor,
  });
}

/**
 * An operation that changes something. A POST carries an idempotency key that stays the same while the same input is
 * sent again after a failure, so pressing the button twice over a bad line does the thing once.
 */
export function useCall<K extends Operation>(
  operation: K,
  onDone?: (answer: CallOutput<K>, input: CallInput<K>) => void,
): UseMutationResult<CallOutput<K>, Error, CallInput<K>> {
  const client = useQueryClient();
  const attempt = useRef<{ input: string; key: string } | null>(null);
  return useMutation({
    mutationFn: (input: CallInput<K>) => {
      if (!endpoints[operation].startsWith('POST ')) return call(operation, input);
      const text = JSON.stringify(input);
      if (attempt.current?.input !== text) attempt.current = { input: text, key: newIdempotencyKey() };
      return call(operation, input, { idempotencyKey: attempt.current.key });
    },
    onSuccess: (answer, input) => {
      attempt.current = null;
      for (const affected of affects[operation] ?? [])
        void client.invalidateQueries({ queryKey: [affected] });
      onDone?.(answer, input);
    },
  });
}

/** What a change makes stale at once; the events that follow it do the same for everyone else. */
const affects: Partial<Record<Operation, readonly Operation[]>> = {
  createProduct: ['listProducts', 'listCategories', 'listBrands', 'listStockLevels'],
  updateProduct: ['listProducts', 'getProduct', 'listCategories', 'listBrands', 'listStockLevels'],
  deleteProduct: ['listProducts', 'getProduct', 'listCategories', 'listStockLevels'],
  restoreProduct: ['listProducts', 'getProduct', 'listCategories', 'listStockLevels'],
  changeProducts: ['listProducts', 'getProduct', 'listCategories', 'listBrands'],
  undoProductChange: ['listProducts', 'getProduct', 'listCategories', 'listBrands'],
  createCategory: ['listCategories'],
  updateCategory: ['listCategories', 'listProducts', 'getProduct'],
  deleteCategory: ['listCategories', 'listProducts', 'getProduct'],
  linkMarketplaceProduct: ['listMarketplaceProducts', 'listProducts'],
  syncMarketplaceProducts: ['listTasks', 'listSyncRuns'],
  createAdjustment: ['listStockLevels', 'listMovements', 'getDashboard'],
  updateStockLevel: ['listStockLevels', 'listAlerts', 'getDashboard'],
  acknowledgeAlert: ['listAlerts'],
  snoozeAlert: ['listAlerts'],
  reopenAlert: ['listAlerts'],
  createTransfer: ['listTransfers', 'getTransfer', 'listStockLevels', 'listMovements'],
  receiveTransfer: ['listTransfers', 'getTransfer', 'listStockLevels', 'listMovements'],
  cancelTransfer: ['listTransfers', 'getTransfer', 'listStockLevels', 'listMovements'],
  createCount: ['listCounts'],
  clearCountLine: ['getCount', 'listCountLines'],
  reviewCount: ['listCounts', 'getCount'],
  reopenCount: ['listCounts', 'getCount'],
  applyCount: ['listCounts', 'getCount', 'listCountLines', 'listStockLevels', 'listMovements'],
  cancelCount: ['listCounts', 'getCount'],
  readNotifications: ['listNotifications'],
  createLocation: ['listLocations'],
  updateLocation: ['listLocations'],
  createSupplier: ['listSuppliers'],
  updateSupplier: ['listSuppliers', 'getSupplier', 'listSupplierPrices', 'listReorderPlans'],
  archiveSupplier: ['listSuppliers', 'getSupplier', 'listReorderPlans'],
  restoreSupplier: ['listSuppliers', 'getSupplier', 'listReorderPlans'],
  putSupplierPrice: ['listSupplierPrices', 'listSuppliers', 'getSupplier', 'listReorderPlans'],
  deleteSupplierPrice: ['listSupplierPrices', 'listSuppliers', 'getSupplier', 'listReorderPlans'],
  createPurchaseOrder: ['listPurchaseOrders', 'listReorderPlans', 'getReorderPlan'],
  updatePurchaseOrder: ['listPurchaseOrders', 'getPurchaseOrder', 'listReorderPlans', 'getReorderPlan'],
  deletePurchaseOrder: ['listPurchaseOrders', 'listReorderPlans', 'getReorderPlan'],
  sendPurchaseOrder: ['listPurchaseOrders', 'getPurchaseOrder', 'listReorderPlans', 'listStockLevels'],
  receivePurchaseOrder: ['listPurchaseOrders', 'getPurchaseOrder', 'listReorderPlans', 'listStockLevels'],
  cancelPurchaseOrder: ['listPurchaseOrders', 'getPurchaseOrder', 'listReorderPlans', 'listStockLevels'],
  putReorderRule: ['listReorderPlans', 'getReorderPlan'],
  runAutoReorder: ['listTasks'],
  updateReplenishmentSettings: ['getReplenishmentSettings', 'listReorderPlans', 'getReorderPlan'],
  mapImport: ['listImports'],
  checkImport: ['listImports', 'getImport'],
  applyImport: ['listImports', 'getImport'],
  undoImport: ['listImports', 'getImport'],
  deleteImport: ['listImports'],
  proveStock: ['listTasks'],
  checkLedger: ['listTasks'],
  repairLedger: ['getLedgerReport', 'listStockLevels', 'listMovements'],
  cancelTask: ['listTasks', 'getTask', 'getDashboard'],
  retryTask: ['listTasks', 'getTask', 'getDashboard'],
  createMarketplaceAccount: ['listMarketplaceAccounts'],
  updateMarketplaceAccount: ['listMarketplaceAccounts', 'getMarketplaceAccount', 'getDashboard'],
  syncMarketplaceAccount: ['listTasks', 'listSyncRuns'],
  createApiKey: ['listApiKeys'],
  renameApiKey: ['listApiKeys'],
  updateMember: ['listMembers'],
  removeMember: ['listMembers'],
  createInvitation: ['listInvitations'],
  reissueInvitation: ['listInvitations'],
  revokeInvitation: ['listInvitations'],
  updateTenantSettings: ['getTenantSettings', 'getSession'],
  updateAccount: ['getAccount', 'getSession', 'listMembers'],
  endSession: ['listSessions'],
  endOtherSessions: ['listSessions'],
  changePassword: ['listSessions'],
  revokeApiKey: ['listApiKeys'],
};
