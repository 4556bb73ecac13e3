/** The pages of the navigation, in its order. Search and the keys know them from here, too. */
import {
  IconBuildingStore,
  IconChecklist,
  IconPackage,
  IconReceipt,
  IconSettings,
  IconSun,
  IconTags,
  IconTruckDelivery,
} from '@tabler/icons-react';
import type { Permission } from '@tradepost/contracts';
import { useSession } from '../session/session.ts';

export const pages = [
  { to: '/', word: 'today', Icon: IconSun, key: 't', needs: 'dashboard.read' },
  { to: '/orders', word: 'orders', Icon: IconReceipt, key: 'o', needs: 'orders.read' },
  {
    to: '/stock',
    word: 'stock',
    Icon: IconPackage,
    key: 's',
    needs: 'inventory.read',
    also: ['/transfers', '/counts', '/alerts', '/time-machine', '/imports', '/report', '/proof'],
  },
  { to: '/purchasing', word: 'purchasing', Icon: IconTruckDelivery, key: 'p', needs: 'purchasing.read' },
  { to: '/products', word: 'products', Icon: IconTags, key: 'c', needs: 'products.read' },
  {
    to: '/marketplaces',
    word: 'marketplaces',
    Icon: IconBuildingStore,
    key: 'm',
    needs: 'marketplaces.read',
  },
  { to: '/tasks', word: 'tasks', Icon: IconChecklist, key: 'k', needs: 'tasks.read' },
  { to: '/settings', word: 'settings', Icon: IconSettings, key: 'e', needs: null },
] as const satisfies readonly {
  needs: Permission | null;
  also?: readonly string[];
  [more: string]: unknown;
}[];

export type MainPage = (typeof pages)[number];

/** Whether an address is one of the page's parts that lie beside it, so that the page stays marked in the navigation. */
export function covers(page: MainPage, path: string): boolean {
  return 'also' in page && page.also.some((part) => path === part || path.startsWith(`${part}/`));
}

/** Those that this person may see. */
export function usePages(): readonly MainPage[] {
  const { permissions } = useSession();
  return pages.filter(({ needs }) => needs === null || permissions.includes(needs));
}
