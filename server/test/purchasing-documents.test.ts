/** Purchase orders as files: what a supplier reads in them. */
import type { PurchaseOrder } from '@tradepost/contracts';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { purchaseOrderCsv } from '../src/modules/purchasing/purchase-order-csv.ts';
import { type PdfLanguage, purchaseOrderPdf } from '../src/modules/purchasing/purchase-order-pdf.ts';
import { readPdf } from './support/pdf-text.ts';

function buildOrder(lines: Partial<PurchaseOrder['lines'][number]>[], currency = 'RON'): PurchaseOrder {
  const whole = lines.map((line) => ({
    ...{ variantId: 'v', productId: 'p', sku: 'CHAI', name: 'Chai', supplierSku: null },
    ...{ quantity: 24, received: 0, open: 0, unitCostMinor: 905, explanation: null },
    ...line,
  }));
  const full = whole.map((line) => ({ ...line, totalMinor: line.quantity * line.unitCostMinor }));
  return {
    ...{
      id: 'o',
      number: 'PO-000123',
      supplierId: 's',
      supplierName: 'Țesături și Ață SRL',
      location: 'main',
    },
    ...{ status: 'draft', origin: 'person', currency, exchangeRate: null, expectedOn: '2026-12-01' },
    ...{ supplierReference: null, notes: 'Vă rugăm dimineața.', lineCount: full.length, version: 1 },
    quantity: full.reduce((sum, l) => sum + l.quantity, 0),
    totalMinor: full.reduce((sum, l) => sum + l.totalMinor, 0),
    ...{ received: 0, actor: 'system', createdAt: '2026-11-22T10:00:00Z', updatedAt: '2026-11-22T10:00:00Z' },
    ...{ sentAt: null, receivedAt: null, cancelledAt: null, receipts: [] },
    lines: full,
  };
}

async function pdfOf(order: PurchaseOrder, language: PdfLanguage) {
  const parties = {
    ...{ buyer: 'Căsuța cu Ceai', contact: ['comenzi@ata.example', null], locationName: 'Depozit' },
  };
  const chunks: Buffer[] = [];
  for await (const chunk of await purchaseOrderPdf(order, parties, language)) chunks.push(chunk as Buffer);
  return readPdf(Buffer.concat(chunks));
}

test('the PDF opens, and shows Romanian letters, amounts and who is who', async () => {
  const order = buildOrder([
    { name: 'Ceașcă de țară, înflorată', supplierSku: 'AȚ-7' },
    { sku: 'TOFU', name: 'Tofu', quantity: 1000, unitCostMinor: 123_456 },
  ]);
  const { pages, text } = await pdfOf(order, 'ro');
  expect(pages).toBe(1);
  const words = text.replaceAll(/\s+/g, ' ');
  for (const part of [
    'Comandă de aprovizionare PO-000123',
    'Țesături și Ață SRL, comenzi@ata.example',
    'Căsuța cu Ceai',
    'Ceașcă de țară, înflorată',
    'AȚ-7',
    'Vă rugăm dimineața.',
    '1.234.560,00',
    'Total fără TVA: 1.234.777,20 RON',
    'Pagina 1 din 1',
  ])
    expect(words).toContain(part);
  expect((await pdfOf(order, 'en')).text.replaceAll(/\s+/g, ' ')).toContain('Total, net: 1,234,777.20 RON');
});

test('an order of 500 lines goes over pages, each line once, each page with the heads of the columns', async () => {
  const lines = Array.from({ length: 500 }, (_, i) => ({ sku: `SKU-${String(i + 1).padStart(3, '0')}` }));
  const { pages, text } = await pdfOf(buildOrder(lines), 'en');
  expect(pages).toBeGreaterThan(5);
  expect(text.match(/^SKU-\d{3}$/gm)).toEqual(lines.map((l) => l.sku));
  expect(text.match(/^Our code$/gm)).toHaveLength(pages);
  expect(text).toContain(`Page ${pages} of ${pages}`);
});

test('the CSV says the lines in major units, and a formula in a name is text', () => {
  const csv = purchaseOrderCsv(buildOrder([{ name: '=HYPERLINK("http://x")', supplierSku: '+1' }, {}]));
  expect(parse(csv, { columns: true })).toMatchObject([
    {
      ...{ number: 'PO-000123', supplier: 'Țesături și Ață SRL', supplierSku: "'+1", sku: 'CHAI' },
      ...{
        name: `'=HYPERLINK("http://x")`,
        quantity: '24',
        unitCost: '9.05',
        total: '217.20',
        currency: 'RON',
      },
    },
    { name: 'Chai' },
  ]);
});

test.each([
  ['JPY', { unitCost: '905', total: '21720' }, '905', 'Total, net: 21,720 JPY'],
  ['KWD', { unitCost: '0.905', total: '21.720' }, '0.905', 'Total, net: 21.720 KWD'],
])('an order in %s has as many decimals as its currency', async (currency, cells, price, total) => {
  const order = buildOrder([{}], currency);
  expect(parse(purchaseOrderCsv(order), { columns: true })).toMatchObject([{ ...cells, currency }]);
  const { text } = await pdfOf(order, 'en');
  expect(text.split('\n')).toContain(price);
  expect(text.replaceAll(/\s+/g, ' ')).toContain(total);
});
