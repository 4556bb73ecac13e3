/** eMAG's dialect, read exactly: money, local times, rows; its limits; the account's password at rest. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createAccount,
  findAccountLogin,
  fromLocal,
  normaliseOrder,
  openPassword,
  RateBucket,
  toLocal,
  UnreadableOrderError,
} from '#modules/marketplaces';
import { deriveKey, seal, unseal } from '#platform/crypto';
import { Sum } from '../src/modules/marketplaces/emag/money.ts';
import { changedWithin } from '../src/modules/marketplaces/emag/zone.ts';
import { useDatabase } from './support/database.ts';

/** The example of the interface's description, cut to what is read. */
const example = {
  id: 412345678,
  status: 1,
  type: 3,
  date: '2026-03-02 10:15:07',
  created: '2026-03-02 10:15:31',
  modified: '2026-03-02 10:16:02',
  payment_mode: 'CARD online',
  delivery_mode: 'pickup',
  shipping_tax: '19.9900',
  customer: {
    name: 'Client Exemplu',
    email: '9f8e7d6c5b4a@emag.ro',
    shipping_street: 'Strada Exemplu 1',
    shipping_city: '',
  },
  products: [
    {
      id: 555000111,
      name: 'Cana emailata 300 ml',
      status: 1,
      part_number: 'CAN300',
      ext_part_number: 'CAN300',
      vat: '0.2100',
      quantity: 2,
      sale_price: '100.0000',
      recycle_warranties: [],
    },
  ],
  vouchers: [{ voucher_id: 800123, sale_price: '-10.0000', sale_price_vat: '-2.1000', vat: '0.2100' }],
  currency: 'RON',
};

describe('money', () => {
  test('the description’s own example: 2·100·1.21 + 19.99 − 12.10 = 249.89', () => {
    expect(normaliseOrder(example, 'emag_ro')).toMatchObject({
      totalMinor: 24989,
      shippingMinor: 1999,
      discountMinor: -1210,
      currency: 'RON',
      placedAt: new Date('2026-03-02T08:15:07Z'),
      modifiedAt: new Date('2026-03-02T08:16:02Z'),
      customer: { shippingAddress: 'Strada Exemplu 1' },
      lines: [
        { externalId: '555000111', sku: 'CAN300', quantity: 2, unitPrice: '100.0000', vatRate: '0.2100' },
      ],
    });
  });

  test('numbers in text and text in numbers are the same order', () => {
    const other = {
      ...example,
      id: '412345678',
      status: '1',
      type: '3',
      shipping_tax: 19.99,
      products: [{ ...example.products[0], quantity: '2', sale_price: 100, vat: 0.21, status: '1' }],
      vouchers: [{ sale_price: -10, sale_price_vat: -2.1 }],
    };
    const { raw: _, ...plain } = normaliseOrder(example, 'emag_ro');
    const { raw: __, ...read } = normaliseOrder(other, 'emag_ro');
    const lines = plain.lines.map((line) => ({ ...line, unitPrice: '100', vatRate: '0.21' }));
    expect(read).toEqual({ ...plain, lines });
  });

  test('a cancelled line and what a deposit costs are counted as they should be', () => {
    const [line] = example.products;
    const order = {
      ...example,
      vouchers: [],
      products: [
        { ...line, id: 1, status: 0 },
        {
          ...line,
          id: 2,
          quantity: 1,
          recycle_warranties: [{ quantity: 3, sale_price: '0.5', vat_rate: '0' }],
        },
      ],
    };
    expect(normaliseOrder(order, 'emag_ro').totalMinor).toBe(12100 + 150 + 1999);
  });

  test('forints have no fillér: rounded to whole ones, still counted in hundredths', () => {
    const order = {
      ...example,
      currency: 'HUF',
      shipping_tax: '0',
      vouchers: [],
      products: [{ ...example.products[0], quantity: 1, sale_price: '0.4132' }],
    };
    expect(normaliseOrder(order, 'emag_hu').totalMinor).toBe(0);
    expect(normaliseOrder({ ...order, shipping_tax: '999.5' }, 'emag_hu').totalMinor).toBe(100_000);
  });

  test('sums of any four-decimal amounts are exact, halves go away from zero', () => {
    expect(new Sum().add('0.005').toMinor()).toBe(1);
    expect(new Sum().add('-0.005').toMinor()).toBe(-1);
    expect(new Sum().add('0.0049').toMinor()).toBe(0);
    const tenThousandths = fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n });
    fc.assert(
      fc.property(fc.array(tenThousandths, { maxLength: 30 }), (amounts) => {
        const sum = new Sum();
        for (const amount of amounts) {
          const digits = `${amount < 0n ? -amount : amount}`.padStart(5, '0');
          sum.add(`${amount < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`);
        }
        const total = amounts.reduce((a, b) => a + b, 0n);
        const rounded = (total + (total < 0n ? -50n : 50n)) / 100n;
        expect(BigInt(sum.toMinor())).toBe(rounded);
      }),
    );
  });
});

describe('an order that cannot be read names the field', () => {
  test.each([
    [{ status: 9 }, /status/],
    [{ type: 1 }, /type/],
    [{ products: [{ ...example.products[0], quantity: 'two' }] }, /products\.0\.quantity.*two/],
    [{ shipping_tax: '1,50' }, /shipping_tax/],
    [{ date: null, created: null, modified: null }, /no date/],
  ])('%j', (change, words) => {
    const read = () => normaliseOrder({ ...example, ...change }, 'emag_ro');
    expect(read).toThrow(UnreadableOrderError);
    expect(read).toThrow(words);
    expect(read).toThrow(/412345678/);
  });

  test.each([null, [], 'order', 7])('%j is no order', (raw) => {
    expect(() => normaliseOrder(raw, 'emag_ro')).toThrow(UnreadableOrderError);
  });
});

describe('local times', () => {
  const zone = 'Europe/Bucharest';
  test.each([
    ['winter', '2026-01-15 12:00:00', '2026-01-15T10:00:00Z'],
    ['summer', '2026-07-15 12:00:00', '2026-07-15T09:00:00Z'],
    ['without seconds', '2026-07-15 12:00', '2026-07-15T09:00:00Z'],
    ['the last second before the skip', '2026-03-29 02:59:59', '2026-03-29T00:59:59Z'],
    ['inside the hour that is skipped: an hour later', '2026-03-29 03:30:00', '2026-03-29T01:30:00Z'],
    ['the first second after it', '2026-03-29 04:00:00', '2026-03-29T01:00:00Z'],
    ['before the hour that comes twice', '2026-10-25 02:59:59', '2026-10-24T23:59:59Z'],
    ['in the hour that comes twice: the first', '2026-10-25 03:30:00', '2026-10-25T00:30:00Z'],
    ['after it', '2026-10-25 04:00:00', '2026-10-25T02:00:00Z'],
    ['midnight of a new year', '2027-01-01 00:00:00', '2026-12-31T22:00:00Z'],
  ])('%s', (_, local, instant) => {
    expect(fromLocal(local, zone)?.toISOString()).toBe(new Date(instant).toISOString());
  });

  test('any instant survives the way there and back, but for the hour shown twice', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2020, 0) / 1000, max: Date.UTC(2035, 0) / 1000 }),
        fc.constantFrom('Europe/Bucharest', 'Europe/Sofia', 'Europe/Budapest'),
        (seconds, where) => {
          const at = new Date(seconds * 1000);
          const back = fromLocal(toLocal(at, where), where)!.getTime();
          expect([at.getTime(), at.getTime() - 3_600_000]).toContain(back);
          if (back !== at.getTime()) expect(changedWithin(2, at, where)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each(['', 'yesterday', '2026-13-01 00:00:00', '2026-03-02', '0000-00-00 00:00:00'])(
    '%j is none',
    (text) => {
      expect(fromLocal(text, zone)).toBeNull();
    },
  );

  test('a change of clocks is known for some hours', () => {
    const change = Date.UTC(2026, 9, 25, 1);
    expect([-1, 0, 2, 3].map((h) => changedWithin(3, new Date(change + h * 3_600_000), zone))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

test('calls are spread: no more than the limit in any second, nor two at one moment', async () => {
  const bucket = new RateBucket({ perSecond: 50, perMinute: 1000 });
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: 75 }, async () => {
      await bucket.take();
      times.push(performance.now());
    }),
  );
  for (let i = 50; i < times.length; i++) expect(times[i]! - times[i - 50]!).toBeGreaterThan(990);
  for (let i = 1; i < times.length; i++) expect(times[i]! - times[i - 1]!).toBeGreaterThan(15);
});

test('a caller that gives up leaves its turn to the next', async () => {
  const bucket = new RateBucket({ perSecond: 1, perMinute: 100 });
  await bucket.take();
  const stop = new AbortController();
  const [given, next] = [bucket.take(stop.signal), bucket.take()];
  stop.abort(new Error('gave up'));
  await expect(given).rejects.toThrow();
  await next;
});

describe('the password at rest', () => {
  const database = useDatabase();
  const key = deriveKey('a secret of the installation', 'marketplace passwords');
  const secrets = { key, extraBaseUrls: [] };
  const input = {
    name: 'MAIN',
    platform: 'emag_ro' as const,
    username: 'shop@example.com',
    password: 'correct horse',
  };

  test('is sealed: not in the row, and opened again for the account alone', async () => {
    const { db, createTenant } = database.current;
    const tenant = await createTenant();
    const id = await db.withTenant(tenant, (tx) => createAccount(tx, input, secrets));
    const { row } = await db.withTenant(tenant, (tx) =>
      tx.one<{ row: string }>(
        "select a::text || encode(password_sealed, 'escape') as row from marketplace_account a",
      ),
    );
    expect(row).not.toContain('correct horse');
    const account = (await db.withTenant(tenant, (tx) => findAccountLogin(tx, id)))!;
    expect(openPassword(tenant.tenantId, account, secrets)).toBe('correct horse');
  });

  test('moved to another account’s or tenant’s row, or under another key, it does not open', async () => {
    const { db, createTenant } = database.current;
    const [tenant, thief] = [await createTenant(), await createTenant()];
    const id = await db.withTenant(tenant, (tx) => createAccount(tx, input, secrets));
    const own = await db.withTenant(thief, (tx) =>
      createAccount(tx, { ...input, password: 'mine' }, secrets),
    );
    await db.asSystem('test', (tx) =>
      tx.execute(
        'update marketplace_account set password_sealed = (select password_sealed from marketplace_account where id = $1) where id = $2',
        [id, own],
      ),
    );
    const moved = (await db.withTenant(thief, (tx) => findAccountLogin(tx, own)))!;
    expect(() => openPassword(thief.tenantId, moved, secrets)).toThrow();
    const other = { ...secrets, key: deriveKey('another secret', 'marketplace passwords') };
    const account = (await db.withTenant(tenant, (tx) => findAccountLogin(tx, id)))!;
    expect(() => openPassword(tenant.tenantId, account, other)).toThrow();
  });

  test('any text comes back; a changed byte does not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, at) => {
        const sealed = seal(key, text, 'here');
        // What is no text, half a surrogate pair, has no UTF-8.
        fc.pre(text.isWellFormed());
        expect(unseal(key, sealed, 'here')).toBe(text);
        sealed[at % sealed.length]! ^= 1;
        expect(() => unseal(key, sealed, 'here')).toThrow();
      }),
    );
  });
});
