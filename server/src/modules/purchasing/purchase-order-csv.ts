/** A purchase order as CSV. */
import type { PurchaseOrder } from '@tradepost/contracts';
import { csvLine } from '#platform/csv';
import { decimalsOf, toFixedDecimal } from '#platform/money';

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

/** One line each; amounts with a point and the decimals of the order's currency. */
export function purchaseOrderCsv(order: PurchaseOrder): string {
  const major = (minor: number): string => toFixedDecimal(minor, decimalsOf(order.currency));
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
