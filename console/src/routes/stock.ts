/** Stock: what there is, was, moves, is counted, imported, reported and proved. */
import { createRoute } from '@tanstack/react-router';
import type { AlertState, CountState, ImportKind, ImportState, TransferState } from '@tradepost/contracts';
import { isAlertState, isCountState, isImportKind, isImportState, isTransferState } from '../words.ts';
import { frame } from './frame.ts';
import { daysIn, flags, text, texts } from './search.ts';

export interface StockFilters {
  low?: true;
  q?: string;
  location?: string;
  /** Location of the level that is open, where an item has several. */
  level?: string;
}

const stock = createRoute({
  getParentRoute: () => frame,
  path: '/stock',
  validateSearch: (search): StockFilters => ({
    ...flags(search, 'low'),
    ...texts(search, 'q', 'location', 'level'),
  }),
}).lazy(() => import('../features/stock/stock-page.tsx').then((page) => page.Route));

const stockItem = createRoute({ getParentRoute: () => stock, path: '$sku' }).lazy(() =>
  import('../features/stock/stock-detail.tsx').then((page) => page.Route),
);

export interface MomentSearch {
  location?: string;
  /** ISO 8601; absent: now. */
  at?: string;
  /** How far back, in days. */
  days?: number;
}

const timeMachine = createRoute({
  getParentRoute: () => frame,
  path: '/time-machine/$sku',
  validateSearch: (search): MomentSearch => {
    const { at, ...rest } = texts(search, 'location', 'at');
    return { ...rest, ...(at && !Number.isNaN(Date.parse(at)) ? { at } : {}), ...daysIn(search) };
  },
}).lazy(() => import('../features/time-machine/time-machine-page.tsx').then((page) => page.Route));

export interface TransferFilters {
  status?: TransferState | 'in_transit';
  location?: string;
}

const transfers = createRoute({
  getParentRoute: () => frame,
  path: '/transfers',
  validateSearch: (search): TransferFilters => {
    const { status } = search;
    return {
      ...(status === 'in_transit' || isTransferState(status) ? { status } : {}),
      ...texts(search, 'location'),
    };
  },
}).lazy(() => import('../features/transfers/transfers-page.tsx').then((page) => page.Route));
const transfer = createRoute({ getParentRoute: () => transfers, path: '$transferId' }).lazy(() =>
  import('../features/transfers/transfer-detail.tsx').then((page) => page.Route),
);

export interface CountFilters {
  status?: CountState;
  location?: string;
}

const counts = createRoute({
  getParentRoute: () => frame,
  path: '/counts',
  validateSearch: (search): CountFilters => ({
    ...(isCountState(search.status) ? { status: search.status } : {}),
    ...texts(search, 'location'),
  }),
}).lazy(() => import('../features/counts/counts-page.tsx').then((page) => page.Route));

export interface SheetFilters {
  show?: 'uncounted' | 'counted' | 'different';
  q?: string;
}

const count = createRoute({
  getParentRoute: () => frame,
  path: '/counts/$countId',
  validateSearch: (search): SheetFilters => {
    const { show } = search;
    return {
      ...(show === 'uncounted' || show === 'counted' || show === 'different' ? { show } : {}),
      ...texts(search, 'q'),
    };
  },
}).lazy(() => import('../features/counts/count-page.tsx').then((page) => page.Route));

export interface AlertFilters {
  /** Absent: the open ones. */
  state?: AlertState | 'all';
  location?: string;
}

const alerts = createRoute({
  getParentRoute: () => frame,
  path: '/alerts',
  validateSearch: (search): AlertFilters => {
    const { state } = search;
    return {
      ...(state === 'all' || isAlertState(state) ? { state } : {}),
      ...texts(search, 'location'),
    };
  },
}).lazy(() => import('../features/alerts/alerts-page.tsx').then((page) => page.Route));

export interface ImportFilters {
  kind?: ImportKind;
  status?: ImportState;
}

const imports = createRoute({
  getParentRoute: () => frame,
  path: '/imports',
  validateSearch: ({ kind, status }): ImportFilters => ({
    ...(isImportKind(kind) ? { kind } : {}),
    ...(isImportState(status) ? { status } : {}),
  }),
}).lazy(() => import('../features/imports/imports-page.tsx').then((page) => page.Route));
const oneImport = createRoute({ getParentRoute: () => frame, path: '/imports/$importId' }).lazy(() =>
  import('../features/imports/import-page.tsx').then((page) => page.Route),
);

export interface ReportFilters {
  /** Length of the period. */
  days?: number;
  /** Thresholds of the classes, and of what is dead. */
  abcA?: number;
  abcB?: number;
  xyzX?: number;
  xyzY?: number;
  deadDays?: number;
  /** Such as AX: best sellers of this class only. */
  class?: string;
}

const report = createRoute({
  getParentRoute: () => frame,
  path: '/report',
  validateSearch: (search): ReportFilters => {
    const numbers = ['days', 'abcA', 'abcB', 'xyzX', 'xyzY', 'deadDays'] as const;
    const among = text(search.class);
    return {
      ...Object.fromEntries(
        numbers.flatMap((name) => (typeof search[name] === 'number' ? [[name, search[name]]] : [])),
      ),
      ...(among && /^[ABC][XYZ]$/.test(among) ? { class: among } : {}),
    };
  },
}).lazy(() => import('../features/inventory-report/report-page.tsx').then((page) => page.Route));

export interface ProofSearch {
  /** The proof that is shown; absent: the newest. */
  run?: string;
}

const proof = createRoute({
  getParentRoute: () => frame,
  path: '/proof',
  validateSearch: (search): ProofSearch => texts(search, 'run'),
}).lazy(() => import('../features/proof/proof-page.tsx').then((page) => page.Route));

export const stockRoutes = [
  stock.addChildren([stockItem]),
  timeMachine,
  transfers.addChildren([transfer]),
  counts,
  count,
  alerts,
  report,
  proof,
  imports,
  oneImport,
] as const;
