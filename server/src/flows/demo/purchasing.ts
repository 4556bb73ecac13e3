/** What a shop has begun before one looks: suppliers, goods on their way, a second location, a count, and levels that run low. */
import { CreatePurchaseOrder, CreateSupplier, PutSupplierPrice } from '@tradepost/contracts';
import { findVariantsByCode } from '#modules/catalogue';
import {
  createLocation,
  openCount,
  putCountLine,
  readLevels,
  type StockSettings,
  sendTransfer,
  updateLimits,
} from '#modules/inventory';
import {
  autoReorderTask,
  createPurchaseOrder,
  createSupplier,
  putSupplierPrice,
  receivePurchaseOrder,
  sendPurchaseOrder,
} from '#modules/purchasing';
import type { TenantTx } from '#platform/db';
import { enqueueTask } from '#platform/jobs';

/** Of the Northwind set, as the goods are. Prices are of one piece, in minor units of the supplier's currency. */
const suppliers = {
  tea: {
    supplier: {
      name: 'Exotic Liquids',
      email: 'charlotte@exotic-liquids.example',
      phone: '(171) 555-2222',
      leadTimeDays: 7,
      notes: 'Orders by Wednesday noon leave the same week.',
    },
    prices: {
      'NW-001': { priceMinor: 4_860, packSize: 10, minimumOrderQuantity: 20, supplierSku: 'EL-CHAI' },
      'NW-002': { priceMinor: 5_130, packSize: 24, supplierSku: 'EL-CHANG' },
      'NW-003': { priceMinor: 2_700, packSize: 12, supplierSku: 'EL-ANIS' },
    },
  },
  biscuits: {
    supplier: {
      name: 'Specialty Biscuits, Ltd.',
      email: 'peter@specialty-biscuits.example',
      phone: '(161) 555-4448',
      leadTimeDays: 5,
    },
    prices: {
      'NW-019': { priceMinor: 2_480, packSize: 10, supplierSku: '19-TCB' },
      'NW-020': { priceMinor: 21_870, packSize: 6, leadTimeDays: 14, supplierSku: '20-SRM' },
      'NW-021': { priceMinor: 2_700, packSize: 24, supplierSku: '21-SRS' },
      'NW-068': { priceMinor: 3_375, packSize: 10, supplierSku: '68-SLB' },
    },
  },
  cheese: {
    supplier: {
      name: 'Formaggi Fortini s.r.l.',
      email: 'elio@formaggi-fortini.example',
      phone: '(0544) 60323',
      currency: 'EUR',
      leadTimeDays: 12,
      reviewPeriodDays: 14,
      notes: 'Cooled transport, whole packs only.',
    },
    prices: {
      'NW-031': { priceMinor: 679, packSize: 12, minimumOrderQuantity: 24 },
      'NW-032': { priceMinor: 1_738, packSize: 24 },
      'NW-072': { priceMinor: 1_890, packSize: 24 },
    },
  },
} as const;

const secondLocation = 'high-street';
/** Below what the shop begins with, so that something asks to be seen to. */
const lowStockThresholds = { 'NW-021': 20, 'NW-031': 15 };
const missingWhenCounted = { 'NW-031': 0, 'NW-032': 1 };

/** In the transaction that makes the goods: a shop has both or none, and later starts find it as people left it. */
export async function beginPurchasing(tx: TenantTx, stock: StockSettings): Promise<void> {
  const skus = Object.values(suppliers).flatMap(({ prices }) => Object.keys(prices));
  const variants = await findVariantsByCode(tx, { barcodes: [], skus });
  const idOf = new Map(variants.map(({ sku, id }) => [sku, id]));
  const supplierIds = new Map<string, string>();
  for (const [name, { supplier, prices }] of Object.entries(suppliers)) {
    const { id } = await createSupplier(tx, CreateSupplier.parse(supplier));
    supplierIds.set(name, id);
    for (const [sku, price] of Object.entries(prices))
      await putSupplierPrice(tx, id, idOf.get(sku)!, PutSupplierPrice.parse(price));
  }
  const order = (name: keyof typeof suppliers, input: object, lines: Record<string, number>) =>
    createPurchaseOrder(
      tx,
      CreatePurchaseOrder.parse({
        supplierId: supplierIds.get(name),
        ...input,
        lines: Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })),
      }),
    );

  const tea = await order('tea', { supplierReference: 'EL-20417' }, { 'NW-001': 40, 'NW-002': 48 });
  await sendPurchaseOrder(tx, tea.id, stock);
  await receivePurchaseOrder(
    tx,
    tea.id,
    {
      lines: [
        { sku: 'NW-001', quantity: 40 },
        { sku: 'NW-002', quantity: 24 },
      ],
      allowOver: false,
      note: 'One pallet came, the rest follows',
    },
    stock,
  );
  const cheese = await order('cheese', { exchangeRate: 5.05 }, { 'NW-031': 48, 'NW-072': 24 });
  await sendPurchaseOrder(tx, cheese.id, stock);
  await order('biscuits', { notes: 'For the season' }, { 'NW-019': 30, 'NW-021': 48, 'NW-068': 20 });

  await createLocation(tx, { code: secondLocation, name: 'High Street shop', priority: 100 });
  await sendTransfer(
    tx,
    {
      from: 'main',
      to: secondLocation,
      lines: [
        { sku: 'NW-001', quantity: 12 },
        { sku: 'NW-019', quantity: 10 },
      ],
      note: 'For the shelves by the door',
    },
    stock,
  );

  for (const [sku, lowStockThreshold] of Object.entries(lowStockThresholds))
    await updateLimits(tx, { variantId: idOf.get(sku)!, location: 'main' }, { lowStockThreshold }, stock);

  const count = await openCount(tx, { location: 'main', name: 'Shelf NW-03', search: 'NW-03' });
  for (const [sku, missing] of Object.entries(missingWhenCounted)) {
    const [level] = await readLevels(tx, [idOf.get(sku)!]);
    await putCountLine(tx, count.id, { code: sku, quantity: level!.onHand - missing, mode: 'set' });
  }
  await enqueueTask(tx, autoReorderTask, { draft: false });
}
