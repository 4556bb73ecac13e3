/** The pages of the navigation, in its order. Search and the keys know them from here, too. */
import {
  IconBuildingStore,
  IconChecklist,
  IconPackage,
  IconReceipt,
  IconSettings,
  IconSun,
  IconTags,
} from '@tabler/icons-react';
import type { Permission } from '@tradepost/contracts';
import { useSession } from '../session/session.ts';

export const pages = [
  { to: '/', word: 'today', Icon: IconSun, key: 't', needs: 'dashboard.read' },
  { to: '/orders', word: 'orders', Icon: IconReceipt, key: 'o', needs: 'orders.read' },
  { to: '/stock', word: 'stock', Icon: IconPackage, key: 's', needs: 'inventory.read' },
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
] as const satisfies readonly { needs: Permission | null; [more: string]: unknown }[];

/** Those that this person may see. */
export function usePages(): readonly (typeof pages)[number][] {
  const { permissions } = useSession();
  return pages.filter(({ needs }) => needs === null || permissions.includes(needs));
}
