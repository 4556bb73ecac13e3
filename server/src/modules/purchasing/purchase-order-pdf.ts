/** A purchase order as a PDF to send to the supplier. Loaded when the first one is asked for. */
import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PurchaseOrder } from '@tradepost/contracts';
import PDFDocument from 'pdfkit';
import { decimalsOf } from '#platform/money';

export type PdfLanguage = 'en' | 'ro';

const words = {
  en: {
    title: 'Purchase order',
    date: 'Date',
    buyer: 'Buyer',
    supplier: 'Supplier',
    deliverTo: 'Deliver to',
    expectedOn: 'Expected on',
    supplierReference: 'Your reference',
    notes: 'Notes',
    total: 'Total, net',
    page: (page: number, pages: number) => `Page ${page} of ${pages}`,
    columns: ['No.', 'Your code', 'Our code', 'Description', 'Pieces', 'Unit price', 'Total'],
  },
  ro: {
    title: 'Comandă de aprovizionare',
    date: 'Data',
    buyer: 'Cumpărător',
    supplier: 'Furnizor',
    deliverTo: 'Livrare la',
    expectedOn: 'Așteptată la',
    supplierReference: 'Referința dumneavoastră',
    notes: 'Observații',
    total: 'Total fără TVA',
    page: (page: number, pages: number) => `Pagina ${page} din ${pages}`,
    columns: ['Nr.', 'Codul dvs.', 'Codul nostru', 'Denumire', 'Bucăți', 'Preț unitar', 'Total'],
  },
} as const;

const locales = { en: 'en-GB', ro: 'ro-RO' } as const;

// A4 in points, as are all lengths here.
const page = { width: 595.28, height: 841.89, margin: 40 };
const columnWidths = [28, 80, 85, 152, 45, 60, 65];
const numeric = new Set([0, 4, 5, 6]);
const cellGap = 4;
const footerHeight = 30;

// It has the Romanian letters ș and ț, which the fonts every reader has do not. Only the letters used are put into the file.
const require = createRequire(import.meta.url);
const fonts = {
  regular: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  bold: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
};

/** Draws the whole document; it is a stream of its bytes. `contact` is how the supplier is reached. */
export async function purchaseOrderPdf(
  order: PurchaseOrder,
  parties: { buyer: string; contact: (string | null)[]; locationName: string },
  language: PdfLanguage,
): Promise<PDFKit.PDFDocument> {
  const say = words[language];
  const doc = new PDFDocument({
    size: 'A4',
    margin: page.margin,
    bufferPages: true,
    lang: locales[language],
    info: { Title: `${say.title} ${order.number}`, Author: parties.buyer },
  });
  doc.registerFont('regular', fonts.regular);
  doc.registerFont('bold', fonts.bold);
  const decimals = decimalsOf(order.currency);
  const money = new Intl.NumberFormat(locales[language], {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  const amount = (minor: number): string => money.format(minor / 10 ** decimals);
  const day = (iso: string): string =>
    new Intl.DateTimeFormat(locales[language], { dateStyle: 'medium', timeZone: 'UTC' }).format(
      new Date(iso),
    );

  doc.font('bold').fontSize(18).text(`${say.title} ${order.number}`);
  doc.moveDown(0.7).fontSize(9);
  const facts: [string, string | null][] = [
    [say.date, day(order.sentAt ?? order.createdAt)],
    [say.buyer, parties.buyer],
    [
      say.supplier,
      [order.supplierName, ...parties.contact].filter((part) => part !== null && part !== '').join(', '),
    ],
    [say.deliverTo, parties.locationName],
    [say.expectedOn, order.expectedOn === null ? null : day(order.expectedOn)],
    [say.supplierReference, order.supplierReference],
    [say.notes, order.notes],
  ];
  for (const [name, value] of facts) {
    if (value === null || value === '') continue;
    doc.font('bold').text(`${name}: `, { continued: true }).font('regular').text(value);
  }
  doc.moveDown(1);

  const bottom = page.height - page.margin - footerHeight;
  const drawRow = (cells: readonly string[], font: 'regular' | 'bold'): void => {
    doc.font(font).fontSize(8);
    const widths = columnWidths.map((width) => width - cellGap);
    const height = Math.max(...cells.map((cell, i) => doc.heightOfString(cell, { width: widths[i]! })));
    if (doc.y + height > bottom) {
      doc.addPage();
      if (cells !== say.columns) drawRow(say.columns, 'bold');
      doc.font(font).fontSize(8);
    }
    const { y } = doc;
    let x = page.margin;
    cells.forEach((cell, i) => {
      doc.text(cell, x, y, { width: widths[i]!, align: numeric.has(i) ? 'right' : 'left' });
      x += columnWidths[i]!;
    });
    doc.x = page.margin;
    doc.y = y + height + 4;
    doc
      .moveTo(page.margin, doc.y - 2)
      .lineTo(page.width - page.margin, doc.y - 2)
      .lineWidth(0.25)
      .strokeColor('#999999')
      .stroke();
  };
  drawRow(say.columns, 'bold');
  for (const [i, line] of order.lines.entries()) {
    // A millisecond each: 500 of them must not keep others waiting.
    if (i % 20 === 19) await nextTurn();
    drawRow(
      [
        String(i + 1),
        line.supplierSku ?? '',
        line.sku,
        line.name,
        line.quantity.toLocaleString(locales[language]),
        amount(line.unitCostMinor),
        amount(line.totalMinor),
      ],
      'regular',
    );
  }
  if (doc.y + 20 > bottom) doc.addPage();
  doc
    .moveDown(0.5)
    .font('bold')
    .fontSize(10)
    .text(`${say.total}: ${amount(order.totalMinor)} ${order.currency}`, page.margin, doc.y, {
      width: page.width - 2 * page.margin,
      align: 'right',
    });

  const { count } = doc.bufferedPageRange();
  for (let i = 0; i < count; i++) {
    doc.switchToPage(i);
    // Below the margin a text would begin a new page.
    doc.page.margins.bottom = 0;
    doc
      .font('regular')
      .fontSize(8)
      .text(`${order.number} · ${say.page(i + 1, count)}`, page.margin, page.height - page.margin, {
        width: page.width - 2 * page.margin,
        align: 'center',
        lineBreak: false,
      });
  }
  doc.end();
  return doc;
}
