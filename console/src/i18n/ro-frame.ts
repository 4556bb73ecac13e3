/** Romanian words of what stands around every page. */
import type { Catalogue } from './en.ts';
import { pluralIn } from './plural.ts';

const plural = pluralIn('ro-RO');

export const table: Catalogue['table'] = {
  look: 'Aspectul tabelului',
  density: 'Înălțimea rândurilor',
  densities: { comfortable: 'Aerisit', compact: 'Compact' },
  columns: 'Coloane',
  columnsHint: 'Unele apar doar unde este loc.',
  earlier: (column) => `Mută ${column} la stânga`,
  later: (column) => `Mută ${column} la dreapta`,
  reset: 'Coloanele ca la început',
  selectRow: (row) => `Selectează rândul ${row}`,
  selectAll: 'Selectează toate rândurile încărcate',
  selected: plural({ one: '# selectat', few: '# selectate', other: '# de selectate' }),
  clearSelection: 'Golește selecția',
  bulk: 'Rânduri selectate',
};

export const views: Catalogue['views'] = {
  label: 'Vederi',
  all: 'Toate',
  save: 'Salvează vederea',
  saveTitle: 'Salvarea vederii',
  saveHelp:
    'Filtrele și ordinea acestei liste, sub un nume. Se păstrează în acest browser, doar pentru dumneavoastră.',
  name: 'Nume',
  nameExample: 'Așteaptă stoc',
  first: 'Deschide prima dată această vedere',
  notFirst: 'Deschide prima dată toate',
  rename: 'Redenumește',
  renameTitle: (name) => `Redenumirea vederii „${name}”`,
  delete: 'Șterge',
  deleted: (name) => `Vederea „${name}” este ștearsă`,
  menu: (name) => `Ce se poate face cu „${name}”`,
  taken: 'Există deja o vedere cu acest nume.',
};

export const palette: Catalogue['palette'] = {
  open: 'Caută',
  title: 'Căutare și acțiuni',
  placeholder: 'Caută comenzi, articole, activități, pagini, acțiuni',
  results: 'Rezultate',
  recent: 'Recente',
  groups: {
    pages: 'Mergi la',
    actions: 'Acțiuni',
    orders: 'Comenzi',
    products: 'Produse',
    stock: 'Stoc',
    tasks: 'Activități',
    accounts: 'Conturi de marketplace',
  },
  count: plural({ one: '# rezultat', few: '# rezultate', other: '# de rezultate' }),
  nothing: (query) => `Nimic nu se potrivește cu „${query}”`,
  nothingHelp: 'Încercați un număr de comandă, un client, începutul unui SKU, un EAN sau un nume.',
  failed: 'Nu s-a putut căuta peste tot. Se arată ce s-a găsit.',
  searching: 'Se caută',
  adjust: 'Ajustează stocul pentru…',
  adjustWhich: 'Care articol? SKU sau nume',
  choose: 'alege',
  move: 'mută',
  leave: 'închide',
  scheme: (scheme) => `Culori: ${scheme}`,
  density: (density) => `Înălțimea rândurilor: ${density}`,
  language: (language) => `Limba: ${language}`,
  shop: (shop) => `Treci la ${shop}`,
};

export const preferences: Catalogue['preferences'] = {
  title: 'Preferințe',
  lead: 'Se păstrează în acest browser, doar pentru dumneavoastră. Schimbă ce vedeți, nimic pentru alții.',
  screen: 'Ecran',
  times: 'Ore',
  zone: 'Fusul orar',
  zones: {
    system: (name) => `Ca acest calculator (${name})`,
    tenant: (name) => `Ca magazinul (${name})`,
  },
  zoneNone: 'Niciun fus orar cu acest nume',
  clock: 'Ceasul',
  clocks: { language: 'Ca limba', '24': '24 de ore', '12': '12 ore' },
  now: (time) => `Acum: ${time}`,
};
