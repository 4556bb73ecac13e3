/** What the palette can offer: pages and actions known here, records found by the server, and what was seen lately. */
import { useMantineColorScheme } from '@mantine/core';
import {
  IconArrowsExchange,
  IconBell,
  IconBuildingStore,
  IconBuildingWarehouse,
  IconChartBar,
  IconChecklist,
  IconClipboardList,
  IconHistory,
  IconKey,
  IconKeyboard,
  IconLanguage,
  IconLogout,
  IconMapPin,
  IconPackage,
  IconPalette,
  IconPlugConnected,
  IconPlus,
  IconReceipt,
  IconRefresh,
  IconSettings,
  IconShieldCheck,
  IconSwitchHorizontal,
  IconTags,
  IconTruckDelivery,
  IconUpload,
  IconUser,
  IconUsers,
} from '@tabler/icons-react';
import { useRouter } from '@tanstack/react-router';
import type { Permission, StockLevel } from '@tradepost/contracts';
import { useCall } from '../../api/queries.ts';
import { type Locale, locales, useLocale } from '../../i18n/locale.tsx';
import { useKept } from '../../preferences/kept.ts';
import { densities, densityKept } from '../../preferences/preferences.ts';
import { usePages } from '../frame/pages.ts';
import { useSession } from '../session/session.ts';
import type { Recent } from './recent.ts';

export type Icon = typeof IconReceipt;
export type Group = 'recent' | 'pages' | 'actions' | Recent['kind'];

export interface Entry {
  id: string;
  group: Group;
  Icon: Icon;
  label: string;
  /** Beside it, dim: a customer, a state. */
  detail?: string;
  /** Found by these words, too, though they are not shown. */
  words?: string;
  /** Keys that do the same. */
  keys?: readonly string[];
  run: () => void;
}

/** What an action asks the palette for, beside going somewhere. */
export interface PaletteDoors {
  chooseItem: () => void;
  connect: () => void;
  openHelp: () => void;
}

/** Pages and actions, those alone that this person may. */
export function useCommands(doors: PaletteDoors): Entry[] {
  const { text, locale, setLocale } = useLocale();
  const router = useRouter();
  const { tenant, memberships, permissions } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [density, setDensity] = useKept(densityKept);
  // A whole new page: nothing that was on the screen can be brought back from it.
  const signOut = useCall('signOut', () => location.assign('/sign-in'));
  const change = useCall('switchTenant', () => location.assign('/'));
  const may = (permission: Permission) => permissions.includes(permission);

  const pages = usePages().map(
    ({ to, word, Icon, key }): Entry => ({
      id: `page ${to}`,
      group: 'pages',
      Icon,
      label: text.nav[word],
      keys: ['g', key],
      run: () => void router.navigate({ to }),
    }),
  );
  const action = (
    id: string,
    Icon: Icon,
    label: string,
    run: () => void,
    more: Partial<Entry> = {},
  ): Entry => ({
    id: `action ${id}`,
    group: 'actions',
    Icon,
    label,
    run,
    ...more,
  });
  const page = (
    Icon: Icon,
    label: string,
    to:
      | '/account'
      | '/transfers'
      | '/counts'
      | '/alerts'
      | '/settings/locations'
      | '/settings/people'
      | '/settings/keys'
      | '/settings/audit'
      | '/products/categories'
      | '/purchasing/orders'
      | '/purchasing/suppliers'
      | '/imports'
      | '/report'
      | '/proof',
  ): Entry => ({
    id: `page ${to}`,
    group: 'pages',
    Icon,
    label,
    run: () => void router.navigate({ to }),
  });
  return [
    ...pages,
    ...(may('products.read') ? [page(IconTags, text.categories.title, '/products/categories')] : []),
    ...(may('purchasing.read')
      ? [
          page(IconTruckDelivery, text.purchaseOrders.title, '/purchasing/orders'),
          page(IconBuildingWarehouse, text.suppliers.title, '/purchasing/suppliers'),
        ]
      : []),
    ...(may('imports.read') ? [page(IconUpload, text.imports.title, '/imports')] : []),
    ...(may('inventory.read')
      ? [
          page(IconArrowsExchange, text.transfers.title, '/transfers'),
          page(IconClipboardList, text.counts.title, '/counts'),
          page(IconBell, text.alerts.title, '/alerts'),
          page(IconMapPin, text.locations.title, '/settings/locations'),
          page(IconChartBar, text.report.heading, '/report'),
          page(IconShieldCheck, text.proof.heading, '/proof'),
        ]
      : []),
    ...(may('members.read') ? [page(IconUsers, text.people.title, '/settings/people')] : []),
    ...(may('keys.read') ? [page(IconKey, text.settings.keys, '/settings/keys')] : []),
    ...(may('audit.read') ? [page(IconHistory, text.audit.title, '/settings/audit')] : []),
    page(IconUser, text.account.title, '/account'),
    {
      id: 'page preferences',
      group: 'pages',
      Icon: IconSettings,
      label: text.preferences.title,
      words: `${text.preferences.zone} ${text.frame.scheme} ${text.frame.language} ${text.preferences.clock}`,
      run: () => void router.navigate({ to: '/preferences' }),
    },
    ...(may('inventory.write') ? [action('adjust', IconPackage, text.palette.adjust, doors.chooseItem)] : []),
    ...(may('products.write')
      ? [
          action(
            'product',
            IconPlus,
            text.products.create,
            () => void router.navigate({ to: '/products/new' }),
          ),
        ]
      : []),
    ...(may('marketplaces.write')
      ? [action('connect', IconPlugConnected, text.marketplaces.connect, doors.connect)]
      : []),
    ...memberships
      .filter(({ tenantId }) => tenantId !== tenant.tenantId)
      .map(({ tenantId, name }) =>
        action(`shop ${tenantId}`, IconSwitchHorizontal, text.palette.shop(name), () =>
          change.mutate({ body: { tenantId } }),
        ),
      ),
    ...(['light', 'dark', 'auto'] as const)
      .filter((scheme) => scheme !== colorScheme)
      .map((scheme) =>
        action(`scheme ${scheme}`, IconPalette, text.palette.scheme(text.frame.schemes[scheme]), () =>
          setColorScheme(scheme),
        ),
      ),
    ...densities
      .filter((each) => each !== density)
      .map((each) =>
        action(`density ${each}`, IconRefresh, text.palette.density(text.table.densities[each]), () =>
          setDensity(each),
        ),
      ),
    ...(Object.keys(locales) as Locale[])
      .filter((each) => each !== locale)
      .map((each) =>
        action(`language ${each}`, IconLanguage, text.palette.language(locales[each].name), () =>
          setLocale(each),
        ),
      ),
    action('keys', IconKeyboard, text.frame.keys, doors.openHelp, { keys: ['?'] }),
    action('out', IconLogout, text.frame.signOut, () => signOut.mutate({})),
  ];
}

const kindIcons: Record<Recent['kind'], Icon> = {
  order: IconReceipt,
  stock: IconPackage,
  product: IconTags,
  task: IconChecklist,
  account: IconBuildingStore,
  purchase_order: IconTruckDelivery,
  supplier: IconBuildingWarehouse,
  import: IconUpload,
};

/** A record as an entry: choosing it opens its detail. */
export function useRecordEntry(): (record: Recent, group?: Group) => Entry {
  const router = useRouter();
  return (record, group = record.kind) => ({
    id: `${record.kind} ${record.id}`,
    group,
    Icon: kindIcons[record.kind],
    label: record.label,
    ...(record.detail ? { detail: record.detail } : {}),
    run: () => {
      const { kind, id } = record;
      if (kind === 'order') void router.navigate({ to: '/orders/$orderId', params: { orderId: id } });
      else if (kind === 'stock') void router.navigate({ to: '/stock/$sku', params: { sku: id } });
      else if (kind === 'product')
        void router.navigate({ to: '/products/$productId', params: { productId: id } });
      else if (kind === 'purchase_order')
        void router.navigate({ to: '/purchasing/orders/$purchaseOrderId', params: { purchaseOrderId: id } });
      else if (kind === 'supplier')
        void router.navigate({ to: '/purchasing/suppliers/$supplierId', params: { supplierId: id } });
      else if (kind === 'import')
        void router.navigate({ to: '/imports/$importId', params: { importId: id } });
      else if (kind === 'task') void router.navigate({ to: '/tasks/$taskId', params: { taskId: id } });
      else void router.navigate({ to: '/marketplaces/$accountId', params: { accountId: id } });
    },
  });
}

/** An item whose stock is about to be adjusted. */
export function itemEntry(level: StockLevel, detail: string, run: () => void): Entry {
  return {
    id: `adjust ${level.sku} ${level.location}`,
    group: 'stock',
    Icon: IconPackage,
    label: level.name,
    detail,
    run,
  };
}
