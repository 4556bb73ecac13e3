/** A purchase order as CSV. */
import type { PurchaseOrder } from '@tradepost/contracts';
import { csvLine } from '#platform/csv';

const header = [
  'number',
  'supplier',
  'supplierSku',
  'sku',
  'name',
  'quantity',
  'unitCost',
  'total',
  'currency',
];

/** One line each; amounts in major units, with a point. */
export function purchaseOrderCsv(order: PurchaseOrder): string {
  const major = (minor: number): number => minor / 100;
  const lines = order.lines.map((line) =>
    csvLine([
      order.number,
      order.supplierName,
      line.supplierSku,
      line.sku,
      line.name,
      line.quantity,
      major(line.unitCostMinor),
      major(line.totalMinor),
      order.currency,
    ]),
  );
  return [csvLine(header), ...lines].join('');
}
