import type { ReorderPlan } from '@tradepost/contracts';
import { expect, test } from 'vitest';
import { en } from '../../i18n/en.ts';
import { createFormats } from '../../i18n/formats.ts';
import { ro } from '../../i18n/ro.ts';
import { explain } from './explain.ts';

const id = '01890000-0000-7000-8000-000000000000';
const plan: ReorderPlan = {
  variantId: id,
  productId: id,
  sku: 'TEA',
  name: 'Tea',
  supplierId: id,
  supplierName: 'Leaves',
  method: 'empirical',
  serviceLevelPercent: 95,
  historyDays: 365,
  dailyMean: 4.2375,
  dailyDeviation: 2,
  leadTimeDays: 9,
  reviewPeriodDays: 7,
  reorderPoint: 52,
  orderUpTo: 127,
  onHand: 35,
  reserved: 4,
  incoming: 0,
  drafted: 0,
  position: 31,
  decision: 'order',
  orderQuantity: 96,
  packs: 4,
  packSize: 24,
  minimumOrderQuantity: 1,
  unitCostMinor: 100,
  currency: 'RON',
  backtest: null,
  rule: { serviceLevelPercent: null, method: null, paused: false },
  explanation: '',
  computedAt: '2026-11-22T10:00:00.000Z',
};

const english = (part: Partial<ReorderPlan>) =>
  explain({ ...plan, ...part }, en, createFormats('en-GB', en.time));
const romanian = (part: Partial<ReorderPlan>) =>
  explain({ ...plan, ...part }, ro, createFormats('ro-RO', ro.time));

test('what to order is said with every figure it follows from', () => {
  expect(english({})).toBe(
    'Sells 4.2 a day, 9 days to arrive, 7 days to the next order, 95% service: order at 52, you have 31, order 96 = 4 packs of 24.',
  );
  expect(romanian({})).toBe(
    'Se vând 4,2 pe zi, 9 zile până la sosire, 7 zile până la comanda următoare, servire 95\u00a0%: se comandă la 52, aveți 31, comandați 96 = 4 pachete de 24.',
  );
});

test('single pieces need no packs, and what is on its way or drafted is told apart', () => {
  expect(english({ packSize: 1, packs: 96, incoming: 12, drafted: 5 })).toMatch(
    /you have 31 \(12 on the way, 5 in drafts\), order 96\.$/,
  );
});

test('each decision ends in its own words', () => {
  expect(english({ decision: 'enough', position: 1_200 })).toMatch(/you have 1,200, that is enough\.$/);
  expect(english({ decision: 'drafted' })).toMatch(/with the drafts that is enough\.$/);
  expect(english({ decision: 'paused' })).toMatch(/it is paused\.$/);
  expect(english({ decision: 'no_sales' })).toBe('Nothing was sold in 365 days, so nothing is ordered.');
});

test('what hardly sells is not rounded to nothing', () => {
  expect(english({ dailyMean: 0.0123 })).toMatch(/^Sells 0\.012 a day/);
});
