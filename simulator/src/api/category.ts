import { type Answer, success } from '../http/answer.ts';
import { type NorthwindCategory, northwind } from '../northwind.ts';
import { marketplaceCategoryId } from '../offers/offer.ts';
import { integer, integers } from '../orders/order-filter.ts';
import { type ApiRequest, type ApiRoute, countResult, pageOf, readFields } from './request.ts';

/** Source: emag-api.md 4.9. */
export const categoryRoutes: readonly ApiRoute[] = [
  { method: 'POST', path: 'category/read', bucket: 'other', handle: readCategories },
  { method: 'POST', path: 'category/count', bucket: 'other', handle: countCategories },
];

const romanianNames: Readonly<Record<string, string>> = {
  Beverages: 'Bauturi',
  Condiments: 'Condimente',
  Confections: 'Dulciuri',
  'Dairy Products': 'Lactate',
  'Grains/Cereals': 'Cereale',
  'Meat/Poultry': 'Carne',
  Produce: 'Legume si fructe',
  Seafood: 'Peste',
};

/** A list is paged and bare; one category asked for by id comes with its characteristics and their values. */
function readCategories(request: ApiRequest): Answer {
  const fields = readFields(request);
  const { page, size } = pageOf(fields, request);
  const language = request.query.get('language') ?? request.account.platform.country.toLowerCase();
  const rows = matchingCategories(fields).slice((page - 1) * size, page * size);
  if (fields.id === undefined) return success(rows.map((row) => presentCategory(row, language)));
  const valuesPage = integer(fields, 'valuesCurrentPage', 1, 65_535) ?? 1;
  const valuesSize = integer(fields, 'valuesPerPage', 1, 65_535) ?? 256;
  return success(
    rows.map((row) => ({
      ...presentCategory(row, language),
      characteristics: [packingCharacteristic(row, valuesPage, valuesSize)],
      family_types: [
        {
          id: 97,
          name: 'Ambalare',
          characteristics: [
            { characteristic_id: 5213, characteristic_family_type_id: 2, is_foldable: 1, display_order: 1 },
          ],
        },
      ],
    })),
  );
}

function countCategories(request: ApiRequest): Answer {
  const fields = readFields(request);
  const { size } = pageOf(fields, request);
  return success(countResult(matchingCategories(fields).length, size));
}

function matchingCategories(fields: Readonly<Record<string, unknown>>): NorthwindCategory[] {
  const ids = integers(fields, 'id', 1, 65_535);
  return northwind().categories.filter((row) => ids === null || ids.includes(marketplaceCategoryId(row.id)));
}

function presentCategory(row: NorthwindCategory, language: string): Record<string, unknown> {
  return {
    id: marketplaceCategoryId(row.id),
    name: language === 'ro' ? (romanianNames[row.name] ?? row.name) : row.name,
    parent_id: 12,
    is_allowed: 1,
    is_ean_mandatory: 1,
    is_warranty_mandatory: 0,
  };
}

function packingCharacteristic(row: NorthwindCategory, page: number, size: number): Record<string, unknown> {
  const packings = northwind()
    .products.filter((product) => product.categoryId === row.id)
    .map((product) => product.packing);
  return {
    id: 5213,
    name: 'Ambalare',
    type_id: 11,
    display_order: 1,
    is_mandatory: 0,
    is_filter: 1,
    allow_new_value: 1,
    values: [...new Set(packings)].slice((page - 1) * size, page * size),
    tags: [],
  };
}
