/** English words of what stands around every page: search, tables, saved views, preferences. */
import { pluralIn } from './plural.ts';

const plural = pluralIn('en-GB');

export const table = {
  look: 'Table layout',
  density: 'Row height',
  densities: { comfortable: 'Comfortable', compact: 'Compact' },
  columns: 'Columns',
  columnsHint: 'Some show only where there is room.',
  earlier: (column: string) => `Move ${column} left`,
  later: (column: string) => `Move ${column} right`,
  reset: 'Columns as they were',
  selectRow: (row: number) => `Select row ${row}`,
  selectAll: 'Select all rows loaded',
  selected: plural({ one: '# selected', other: '# selected' }),
  clearSelection: 'Clear the selection',
  bulk: 'Selected rows',
};

export const views = {
  label: 'Views',
  all: 'All',
  save: 'Save view',
  saveTitle: 'Save this view',
  saveHelp: 'The filters and the order of this list, under a name. Kept in this browser, for you only.',
  name: 'Name',
  nameExample: 'Waiting for stock',
  first: 'Open this view first',
  notFirst: 'Open all first',
  rename: 'Rename',
  renameTitle: (name: string) => `Rename “${name}”`,
  delete: 'Delete',
  deleted: (name: string) => `The view “${name}” is deleted`,
  menu: (name: string) => `What to do with “${name}”`,
  taken: 'There is a view of this name already.',
};

export const palette = {
  open: 'Search',
  title: 'Search and actions',
  placeholder: 'Search orders, items, tasks, pages, actions',
  results: 'Results',
  recent: 'Recent',
  groups: {
    pages: 'Go to',
    actions: 'Actions',
    orders: 'Orders',
    products: 'Products',
    stock: 'Stock',
    tasks: 'Tasks',
    accounts: 'Marketplace accounts',
  },
  count: plural({ one: '# result', other: '# results' }),
  nothing: (query: string) => `Nothing matches “${query}”`,
  nothingHelp: 'Try an order number, a customer, the start of a SKU, an EAN or a name.',
  failed: 'Not everything could be searched. What was found is shown.',
  searching: 'Searching',
  adjust: 'Adjust stock of…',
  adjustWhich: 'Which item? SKU or name',
  choose: 'choose',
  move: 'move',
  leave: 'close',
  scheme: (scheme: string) => `Colours: ${scheme}`,
  density: (density: string) => `Row height: ${density}`,
  language: (language: string) => `Language: ${language}`,
  shop: (shop: string) => `Switch to ${shop}`,
};

export const preferences = {
  title: 'Preferences',
  lead: 'Kept in this browser, for you only. They change what you see, nothing for others.',
  screen: 'Screen',
  times: 'Times',
  zone: 'Time zone',
  zones: {
    system: (name: string) => `As this machine (${name})`,
    tenant: (name: string) => `As the shop (${name})`,
  },
  zoneNone: 'No time zone of this name',
  clock: 'Clock',
  clocks: { language: 'As the language', '24': '24 hours', '12': '12 hours' },
  now: (time: string) => `Now: ${time}`,
};
