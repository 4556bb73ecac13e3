/** What the columns of a file are taken for: by their names in English and Romanian, then by what is in them. */
import { type ImportField, type ImportKind, importFields } from '@tradepost/contracts';

/** As `plain` makes them. A field takes the first of its names that a column has. */
const names: Record<ImportField, string> = {
  sku: 'sku codsku codprodus codarticol codintern stockcode productcode itemcode articlenumber articlecode cod code articol item productid id',
  location: 'location locatie gestiune depozit warehouse magazie depot store',
  onHand:
    'onhand stoc stock quantity qty cantitate unitsinstock stocfizic stocactual stocdisponibil instock bucati buc pieces quantityonhand',
  price:
    'price pret unitprice pretnet netprice pretfaratva pretvanzare sellingprice saleprice pretunitar newprice pretnou',
  cost: 'cost unitcost pretachizitie costachizitie purchaseprice pretintrare costprice',
  currency: 'currency moneda valuta currencycode',
  vatRate: 'vatrate vat tva cotatva vatpercent procenttva',
  product: 'product productgroup parent parentsku handle group groupid produsparinte codparinte grup',
  name: 'name nume denumire productname numeprodus denumireprodus title titlu produs companyname suppliername supplier furnizor numefurnizor firma company',
  description: 'description descriere descriereprodus detalii details',
  status: 'status stare stareprodus',
  brand: 'brand marca producator manufacturer vendor',
  category: 'category categorie categoryname productcategory categorieprodus',
  attributes: 'attributes atribute',
  variantName: 'variantname numevarianta denumirevarianta',
  variantStatus: 'variantstatus starevarianta',
  barcode: 'barcode ean ean13 gtin upc codbare coddebare codean',
  partNumber: 'partnumber mpn codproducator manufacturercode pnk',
  weightGrams: 'weightgrams greutategrame weightg greutateg',
  variantAttributes: 'variantattributes atributevarianta',
  openingStock: 'openingstock stocinitial initialstock unitsinstock stoc stock quantity cantitate',
  email: 'email mail emailaddress adresaemail',
  phone: 'phone telefon tel phonenumber numartelefon',
  leadTimeDays: 'leadtimedays leadtime termenlivrare zilelivrare termendelivrare',
  reviewPeriodDays: 'reviewperioddays reviewperiod perioadarevizuire',
  notes: 'notes note observatii comments comentarii',
};

/** `Preț (fără TVA)` is `pretfaratva`. */
export const plain = (name: string): string =>
  name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');

/** How many of these cells are names of fields of the kind. */
export function countKnownNames(kind: ImportKind, cells: string[]): number {
  const known = new Set(importFields[kind].flatMap((field) => names[field].split(' ')));
  return cells.filter((cell) => known.has(plain(cell))).length;
}

/** Fields by what all values of a column look like, the surest first. */
const looks: [ImportField, (values: string[]) => boolean][] = [
  ['barcode', (values) => values.every((v) => /^(\d{8}|\d{12,14})$/.test(v))],
  ['currency', (values) => values.every((v) => /^[A-Z]{3}$/.test(v))],
  ['price', (values) => values.every((v) => /^\d+[.,]\d{2}$/.test(v))],
  ['sku', (values) => values.every((v) => /^\S{2,64}$/.test(v)) && new Set(values).size === values.length],
  ['onHand', (values) => values.every((v) => /^\d{1,7}$/.test(v))],
  ['name', (values) => values.some((v) => v.includes(' ') && v.length > 5)],
];

/** A field per column, each at most once. `columns` have their first values that are not empty. */
export function guessColumns(
  kind: ImportKind,
  columns: { name: string; samples: string[] }[],
): (ImportField | null)[] {
  const guessed: (ImportField | null)[] = columns.map(() => null);
  const taken = new Set<ImportField>();
  const take = (field: ImportField, at: number): void => {
    if (at === -1 || guessed[at] !== null || taken.has(field)) return;
    guessed[at] = field;
    taken.add(field);
  };
  const plainNames = columns.map((column) => plain(column.name));
  for (const field of importFields[kind]) {
    for (const name of names[field].split(' ')) {
      take(
        field,
        plainNames.findIndex((column, i) => column === name && guessed[i] === null),
      );
    }
  }
  const fields: readonly ImportField[] = importFields[kind];
  for (const [field, fits] of looks) {
    if (!fields.includes(field) || taken.has(field)) continue;
    take(
      field,
      columns.findIndex(({ samples }, i) => guessed[i] === null && samples.length > 0 && fits(samples)),
    );
  }
  return guessed;
}
