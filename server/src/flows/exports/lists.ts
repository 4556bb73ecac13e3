/**
 * The lists that can be exported. They are read from the tables themselves, whole and in the order of a key that does not
 * move while they are read; the lists of the modules are pages for screens.
 */
import { importFields } from '@tradepost/contracts';
import { saidOf, saidOfSupplier } from '#flows/imports';
import { type CategoryPaths, readCategoryPaths, type SkuRow } from '#modules/catalogue';
import { listSuppliers } from '#modules/purchasing';
import { decimalsOf, toFixedDecimal } from '#platform/money';
import { type ExportCell, type ExportList, listBySql, rowsPerRead } from './list.ts';

interface StockRow {
  sku: string;
  name: string;
  location: string;
  onHand: number;
  reserved: number;
  incoming: number;
}

export const stockList = ({ location }: { location?: string | undefined }): ExportList =>
  listBySql<StockRow>({
    name: 'stock',
    columns: [...importFields.stock, 'reserved', 'incoming', 'available', 'name'],
    sql: `select v.sku, v.name, l.code as location, s.on_hand as "onHand", s.reserved, s.incoming
      from variant v
      join product p on p.tenant_id = v.tenant_id and p.id = v.product_id and p.deleted_at is null
      join stock_level s on s.tenant_id = v.tenant_id and s.variant_id = v.id
      join location l on l.tenant_id = s.tenant_id and l.id = s.location_id
      where v.tenant_id = $1 and ($3::text is null or (v.sku >= $3 and (v.sku, l.code) > ($3, $4::text)))
        and ($5::text is null or l.code = $5)
      order by v.sku, l.code limit $2`,
    placeLength: 2,
    values: [location ?? null],
    placeOf: (row) => [row.sku, row.location],
    cellsOf: ({ sku, location: at, onHand, reserved, incoming, name }) => [
      ...[sku, at, onHand, reserved, incoming, onHand - reserved, name],
    ],
  });

interface MovementRow {
  id: string;
  at: string;
  createdAt: Date;
  sku: string;
  location: string;
  kind: string;
  quantity: number;
  onHandAfter: number;
  reason: string | null;
  reference: string | null;
  actor: string;
  note: string | null;
}

const movementsOf = (table: string): string =>
  `(select * from ${table} m where m.tenant_id = $1 and ($3::timestamptz is null or (m.created_at, m.id) < ($3, $4::uuid))
     and ($5::text is null or m.variant_id = (select id from variant where tenant_id = $1 and sku = $5))
     and ($6::timestamptz is null or m.created_at >= $6) and ($7::timestamptz is null or m.created_at < $7)
   order by m.created_at desc, m.id desc limit $2)`;
const movementColumns =
  'tenant_id, id, variant_id, location_id, kind, quantity, on_hand_after, reason, reference, actor, note, created_at';

export const movementList = (filter: {
  sku?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}): ExportList =>
  listBySql<MovementRow>({
    name: 'movements',
    columns: [
      ...['createdAt', 'sku', 'location', 'kind', 'quantity', 'onHandAfter', 'reason', 'reference'],
      ...['actor', 'note', 'id'],
    ],
    sql: `select m.id, m.created_at::text as at, m.created_at as "createdAt", v.sku, l.code as location, m.kind, m.quantity,
        m.on_hand_after as "onHandAfter", m.reason, m.reference, m.actor, m.note
      from (select ${movementColumns} from ${movementsOf('movement')} recent
        union all select ${movementColumns} from ${movementsOf('movement_archive')} archived) m
      join variant v on v.tenant_id = m.tenant_id and v.id = m.variant_id
      join location l on l.tenant_id = m.tenant_id and l.id = m.location_id
      order by m.created_at desc, m.id desc limit $2`,
    placeLength: 2,
    values: [filter.sku ?? null, filter.from ?? null, filter.to ?? null],
    placeOf: (row) => [row.at, row.id],
    cellsOf: (row) => [
      ...[row.createdAt.toISOString(), row.sku, row.location, row.kind, row.quantity, row.onHandAfter],
      ...[row.reason, row.reference, row.actor, row.note, row.id],
    ],
  });

type CatalogueRow = Pick<SkuRow, 'productId' | 'variantId' | 'product' | 'variant'>;

const catalogueColumns = `p.id as "productId", v.id as "variantId",
  jsonb_build_object('name', p.name, 'description', p.description, 'status', p.status, 'brand', b.name,
    'categoryId', p.category_id, 'attributes', p.attributes) as product,
  jsonb_build_object('sku', v.sku, 'name', v.name, 'status', v.status, 'barcode', v.barcode, 'partNumber', v.part_number,
    'priceMinor', v.price_minor, 'costMinor', v.cost_minor, 'currency', v.currency, 'vatRateBps', v.vat_rate_bps,
    'weightGrams', v.weight_grams, 'attributes', v.attributes) as variant`;
const catalogueTables = `variant v
  join product p on p.tenant_id = v.tenant_id and p.id = v.product_id and p.deleted_at is null
  left join brand b on b.tenant_id = p.tenant_id and b.id = p.brand_id`;
const noPaths: CategoryPaths = { byId: new Map(), byPath: new Map() };

/** What a row says, as a file has it: money with all its decimals, attributes as JSON. */
function cellsOf(row: CatalogueRow, fields: readonly string[], paths: CategoryPaths): ExportCell[] {
  const { variant, productId } = row;
  const said: Record<string, unknown> = { ...saidOf(row, paths), sku: variant.sku, product: productId };
  const decimals = decimalsOf(variant.currency);
  said.price = toFixedDecimal(variant.priceMinor, decimals);
  said.cost = variant.costMinor === null ? null : toFixedDecimal(variant.costMinor, decimals);
  return fields.map((field) => {
    const value = said[field] ?? null;
    return value !== null && typeof value === 'object' ? JSON.stringify(value) : (value as ExportCell);
  });
}

export const priceList: ExportList = listBySql<CatalogueRow>({
  name: 'prices',
  columns: importFields.prices,
  sql: `select ${catalogueColumns} from ${catalogueTables}
    where v.tenant_id = $1 and ($3::text is null or v.sku > $3) order by v.sku limit $2`,
  placeLength: 1,
  placeOf: (row) => [row.variant.sku],
  cellsOf: (row) => cellsOf(row, importFields.prices, noPaths),
});

/** All that an import understands but the opening stock, which is past. */
const productColumns = importFields.products.filter((field) => field !== 'openingStock');

export const productList: ExportList = {
  name: 'products',
  columns: productColumns,
  async read(tx, after) {
    // Variants of one product follow each other: the first says what they share.
    const rows = await tx.query<CatalogueRow>(
      `select ${catalogueColumns} from ${catalogueTables}
       where v.tenant_id = $1 and ($3::uuid is null or (v.product_id >= $3 and (v.product_id, v.id) > ($3, $4::uuid)))
       order by v.product_id, v.id limit $2`,
      [tx.tenantId, rowsPerRead, ...(after ?? [null, null])],
    );
    const paths = await readCategoryPaths(tx);
    const last = rows.at(-1);
    return {
      rows: rows.map((row) => cellsOf(row, productColumns, paths)),
      next: last === undefined || rows.length < rowsPerRead ? null : [last.productId, last.variantId],
    };
  },
};

export const supplierList: ExportList = {
  name: 'suppliers',
  columns: importFields.suppliers,
  async read(tx, after) {
    const cursor = after?.[0] as string | undefined;
    const page = await listSuppliers(tx, {
      archived: 'false',
      limit: rowsPerRead,
      ...(cursor !== undefined && { cursor }),
    });
    const rows = page.items.map((supplier) => {
      const said = saidOfSupplier(supplier);
      return importFields.suppliers.map((field) => (said[field] ?? null) as ExportCell);
    });
    return { rows, next: page.nextCursor === null ? null : [page.nextCursor] };
  },
};

interface PurchaseRow {
  orderId: string;
  variantId: string;
  number: number;
  supplier: string;
  location: string;
  status: string;
  sku: string;
  supplierSku: string | null;
  name: string;
  quantity: number;
  received: number;
  unitCostMinor: number;
  currency: string;
  createdAt: Date;
  expectedOn: string | null;
}

export const purchaseOrderList: ExportList = listBySql<PurchaseRow>({
  name: 'purchase-orders',
  columns: [
    ...['number', 'supplier', 'location', 'status', 'createdAt', 'expectedOn', 'sku', 'supplierSku', 'name'],
    ...['quantity', 'received', 'unitCost', 'currency'],
  ],
  sql: `select o.id as "orderId", n.variant_id as "variantId", o.number, s.name as supplier, l.code as location, o.status, v.sku,
      n.supplier_sku as "supplierSku", v.name, n.quantity, n.received, n.unit_cost_minor::float8 as "unitCostMinor", o.currency,
      o.created_at as "createdAt", o.expected_on::text as "expectedOn"
    from purchase_order o
    join purchase_order_line n on n.tenant_id = o.tenant_id and n.order_id = o.id
    join variant v on v.tenant_id = n.tenant_id and v.id = n.variant_id
    join supplier s on s.tenant_id = o.tenant_id and s.id = o.supplier_id
    join location l on l.tenant_id = o.tenant_id and l.id = o.location_id
    where o.tenant_id = $1 and ($3::uuid is null or (o.id >= $3 and (o.id, n.variant_id) > ($3, $4::uuid)))
    order by o.id, n.variant_id limit $2`,
  placeLength: 2,
  placeOf: (row) => [row.orderId, row.variantId],
  cellsOf: (row) => [
    ...[`PO-${String(row.number).padStart(6, '0')}`, row.supplier, row.location, row.status],
    ...[row.createdAt.toISOString(), row.expectedOn, row.sku, row.supplierSku, row.name],
    ...[
      row.quantity,
      row.received,
      toFixedDecimal(row.unitCostMinor, decimalsOf(row.currency)),
      row.currency,
    ],
  ],
});

interface OrderRow {
  id: string;
  at: string;
  line: number;
  externalId: string;
  account: string;
  status: string;
  placedAt: Date;
  customer: string | null;
  totalMinor: number;
  currency: string;
  sku: string | null;
  name: string;
  quantity: number;
  unitPrice: string;
  vatRate: string;
  cancelled: boolean;
}

export const orderList = (filter: { from?: string | undefined; to?: string | undefined }): ExportList =>
  listBySql<OrderRow>({
    name: 'orders',
    columns: [
      ...['number', 'account', 'status', 'placedAt', 'customer', 'total', 'currency', 'sku', 'name'],
      ...['quantity', 'unitPrice', 'vatRate', 'cancelled', 'id'],
    ],
    sql: `select o.id, o.placed_at::text as at, n.line_no as line, o.external_id as "externalId", a.name as account, o.status,
        o.placed_at as "placedAt", o.customer_name as customer, o.total_minor::float8 as "totalMinor", o.currency, n.sku, n.name,
        n.quantity, n.unit_price::text as "unitPrice", (n.vat_rate * 100)::float8::text as "vatRate", n.cancelled
      from shop_order o
      join marketplace_account a on a.tenant_id = o.tenant_id and a.id = o.account_id
      join order_line n on n.tenant_id = o.tenant_id and n.order_id = o.id
      where o.tenant_id = $1
        and ($3::timestamptz is null or (o.placed_at >= $3 and (o.placed_at, o.id, n.line_no) > ($3, $4::uuid, $5::int)))
        and ($6::timestamptz is null or o.placed_at >= $6) and ($7::timestamptz is null or o.placed_at < $7)
      order by o.placed_at, o.id, n.line_no limit $2`,
    placeLength: 3,
    values: [filter.from ?? null, filter.to ?? null],
    placeOf: (row) => [row.at, row.id, row.line],
    cellsOf: (row) => [
      ...[row.externalId, row.account, row.status, row.placedAt.toISOString(), row.customer],
      ...[toFixedDecimal(row.totalMinor, decimalsOf(row.currency)), row.currency, row.sku, row.name],
      ...[row.quantity, row.unitPrice, row.vatRate, row.cancelled ? 'yes' : '', row.id],
    ],
  });
