/**
 * Vendure's core as a process of its own, on the database of PEER_URL, loaded from PEER_DIR; nobody calls it over HTTP. A
 * reservation is the stock part of an order that is placed, as its default order process does it: a request context, and
 * `createAllocationsForOrder` in a transaction. Left out, in Vendure's favour: the basket, the check that the stock suffices,
 * the order's change of state and its payment. It reads the stock level and writes back the sum without a lock, so of
 * allocations at once some are missing in the level; each is in the stock movements, which is what is counted.
 */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { callsPerSecond } from '../support/callers.ts';
import { type PeerLoad, type PeerReport, servePeer } from './serve.ts';

interface Repository {
  save<T extends object>(entity: T): Promise<T & { id: number }>;
  find(): Promise<{ id: number; stockAllocated: number }[]>;
  count(): Promise<number>;
}

interface Connection {
  rawConnection: { getRepository(entity: unknown): Repository };
  withTransaction<T>(context: object, work: (context: object) => Promise<T>): Promise<T>;
}

interface Order {
  lines: { id: number; quantity: number }[];
}

interface Core {
  bootstrap(config: object): Promise<{ get<T>(service: unknown): T }>;
  DefaultLogger: new (options: { level: number }) => object;
  LogLevel: { Error: number };
  TransactionalConnection: unknown;
  RequestContextService: unknown;
  StockMovementService: unknown;
  StockLocation: unknown;
  Product: unknown;
  ProductVariant: unknown;
  StockLevel: unknown;
  Order: unknown;
  OrderLine: unknown;
  Allocation: unknown;
}

const { PEER_DIR: dir, PEER_URL: url } = process.env;
const { searchParams, hostname, port, username, password, pathname } = new URL(url!);
process.chdir(dir!);
process.env.VENDURE_DISABLE_TELEMETRY = 'true';
const core = createRequire(join(dir!, 'package.json'))('@vendure/core') as Core;

/** The server and not the worker: only it makes its tables. */
const app = await core.bootstrap({
  apiOptions: { hostname: '127.0.0.1', port: 0 },
  authOptions: {
    cookieOptions: { secret: randomUUID() },
    superadminCredentials: { identifier: 'bench', password: randomUUID() },
  },
  logger: new core.DefaultLogger({ level: core.LogLevel.Error }),
  paymentOptions: { paymentMethodHandlers: [] },
  dbConnectionOptions: {
    type: 'postgres',
    host: searchParams.get('host') ?? hostname,
    port: Number(port || 5432),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    synchronize: true,
    poolSize: 20,
  },
});
const connection = app.get<Connection>(core.TransactionalConnection);
const contexts = app.get<{ create(options: { apiType: 'shop' }): Promise<object> }>(
  core.RequestContextService,
);
const movements = app.get<{ createAllocationsForOrder(context: object, order: Order): Promise<unknown[]> }>(
  core.StockMovementService,
);
const table = (entity: unknown) => connection.rawConnection.getRepository(entity);

const [stockLocation] = await table(core.StockLocation).find();
const product = await table(core.Product).save({ enabled: true });
const productVariant = await table(core.ProductVariant).save({ sku: 'hot', enabled: true, product });
const stock = { stockOnHand: 100_000_000, stockAllocated: 0 };
await table(core.StockLevel).save({ productVariant, stockLocation, ...stock });

/** Placed orders of one piece; allocating one again costs what the first time does. */
const orders: Order[] = [];

async function placeOrders(count: number): Promise<void> {
  const price = { listPrice: 1000, listPriceIncludesTax: true, adjustments: [], taxLines: [] };
  const total = { subTotal: 1000, subTotalWithTax: 1000, currencyCode: 'USD' };
  while (orders.length < count) {
    const code = `order-${orders.length}`;
    const order = await table(core.Order).save({
      ...{ code, state: 'PaymentSettled', active: false, couponCodes: [] },
      ...{ shippingAddress: {}, billingAddress: {}, ...total },
    });
    const line = { order, productVariant, quantity: 1, orderPlacedQuantity: 1, ...price };
    orders.push({ lines: [await table(core.OrderLine).save(line)] });
  }
}

let answered = 0;

async function allocate(n: number): Promise<void> {
  const context = await contexts.create({ apiType: 'shop' });
  const order = orders[n % orders.length]!;
  const allocations = await connection.withTransaction(context, (inside) =>
    movements.createAllocationsForOrder(inside, order),
  );
  if (allocations.length !== 1) throw new Error(`Vendure made ${allocations.length} allocations of a line`);
  answered++;
}

const allocatedInLevel = async () => (await table(core.StockLevel).find())[0]!.stockAllocated;

async function run(load: PeerLoad): Promise<PeerReport> {
  await placeOrders(load.callers);
  const before = { answered, inLevel: await allocatedInLevel() };
  const perSecond = await callsPerSecond(load, allocate);
  const kept = await table(core.Allocation).count();
  if (kept !== answered) throw new Error(`Vendure keeps ${kept} allocations and answered ${answered}`);
  const inLevel = (await allocatedInLevel()) - before.inLevel;
  return { perSecond, suffered: answered - before.answered - inLevel };
}

servePeer(run);
