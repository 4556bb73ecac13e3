/** The demo's tenants: made once, taken up again at later starts. Every step can be repeated after a kill. */
import { setTimeout as delay } from 'node:timers/promises';
import { allPermissions, type CreateProduct } from '@tradepost/contracts';
import { z } from 'zod';
import { createProducts } from '#modules/catalogue';
import {
  addMember,
  createApiKey,
  createTenant,
  createUser,
  hashPassword,
  setPassword,
} from '#modules/identity';
import type { StockSettings } from '#modules/inventory';
import { type AccountSecrets, createAccount, type EmagClient, EmagError } from '#modules/marketplaces';
import { randomToken } from '#platform/crypto';
import type { Database, TenantTx } from '#platform/db';
import type { DemoTenant } from './demo-file.ts';
import { beginPurchasing } from './purchasing.ts';
import { wasDemoRemoved } from './removal.ts';
import type { SimulatorAccount } from './simulator-process.ts';

export const demoTenants = [
  { slug: 'northwind', name: 'Northwind Traders', person: 'Nora Wind', email: 'owner@northwind.example' },
  { slug: 'eastwind', name: 'Eastwind Market', person: 'Emil Ost', email: 'owner@eastwind.example' },
] as const;

type Recipe = (typeof demoTenants)[number];

const Offers = z.array(
  z.object({
    part_number: z.string(),
    name: z.string(),
    category_id: z.number(),
    sale_price: z.string(),
    currency: z.string(),
    general_stock: z.number(),
    ean: z.array(z.string()),
  }),
);
const Categories = z.array(z.object({ id: z.number(), name: z.string() }));

/** The simulator's own stock is made to last for days; the demo's should run low while one watches. */
const stockShare = 40;

/** The goods of an account, read from the marketplace as any merchant's would be. */
export async function readGoods(client: EmagClient, signal: AbortSignal): Promise<CreateProduct[]> {
  const categories = new Map(
    Categories.parse(await client.call('category/read', { itemsPerPage: 100 }, signal)).map((c) => [
      c.id,
      c.name,
    ]),
  );
  const goods: CreateProduct[] = [];
  for (let currentPage = 1; ; currentPage++) {
    const offers = Offers.parse(
      await client.call('product_offer/read', { currentPage, itemsPerPage: 100 }, signal),
    );
    for (const offer of offers) {
      goods.push({
        name: offer.name,
        category: categories.get(offer.category_id),
        variants: [
          {
            sku: offer.part_number,
            barcode: offer.ean[0],
            priceMinor: Math.round(Number(offer.sale_price) * 100),
            currency: offer.currency,
            onHand: Math.ceil(offer.general_stock / stockShare),
          },
        ],
      });
    }
    if (offers.length < 100) return goods;
  }
}

export interface SeedDeps {
  /** Ends the reading of goods. */
  signal: AbortSignal;
  db: Database;
  stock: StockSettings;
  secrets: AccountSecrets;
  connect: (account: SimulatorAccount) => EmagClient;
}

/** Brings one tenant to its full state, and gives its credentials: those of `known` when they are still good. */
export async function ensureTenant(
  deps: SeedDeps,
  recipe: Recipe,
  accounts: SimulatorAccount[],
  known: DemoTenant | undefined,
): Promise<DemoTenant> {
  const { db } = deps;
  const password = known?.password ?? randomToken(12);
  const passwordHash = await hashPassword(password);
  const { id, slug } = await db.asSystem('demo tenant', async (tx) => {
    if (await wasDemoRemoved(tx)) throw new Error('the demo was removed');
    const found = await tx.maybeOne<{ id: string; slug: string; user_id: string }>(
      `select o.id, o.slug, m."userId" as user_id from auth.organization o join auth.member m on m."organizationId" = o.id
       where o.demo and o.name = $1 order by m."createdAt" limit 1`,
      [recipe.name],
    );
    if (found !== undefined) {
      // Its secrets are in demo.json alone: when that is gone, so are they, and it gets new ones.
      if (known?.id !== found.id) await setPassword(tx, found.user_id, passwordHash);
      return found;
    }
    const { tenantId, slug } = await createTenant(tx, { name: recipe.name, slug: recipe.slug, demo: true });
    const { userId } = await createUser(tx, { name: recipe.person, email: recipe.email, passwordHash });
    await addMember(tx, { tenantId, userId, role: 'owner' });
    return { id: tenantId, slug };
  });
  const context = { tenantId: id, actor: 'system' as const };
  await stockUp(deps, context, accounts[0]!);
  const apiKey = await db.withTenant(context, async (tx) => {
    await ensureAccounts(tx, accounts, deps.secrets);
    if (known?.id === id) return known.apiKey;
    await tx.execute(
      "update api_key set revoked_at = $2 where tenant_id = $1 and name = 'Demo' and revoked_at is null",
      [id, tx.clock.now()],
    );
    return (await createApiKey(tx, { name: 'Demo', scopes: allPermissions })).key;
  });
  return { id, slug, name: recipe.name, email: recipe.email, password, apiKey };
}

async function stockUp(
  deps: SeedDeps,
  context: { tenantId: string; actor: 'system' },
  account: SimulatorAccount,
): Promise<void> {
  const empty = await deps.db.withTenant(
    context,
    async (tx) =>
      (await tx.query('select 1 from product where tenant_id = $1 limit 1', [tx.tenantId])).length === 0,
  );
  if (!empty) return;
  const goods = await patiently(deps.signal, () =>
    readGoods(deps.connect(account), AbortSignal.any([deps.signal, AbortSignal.timeout(30_000)])),
  );
  await deps.db.withTenant(context, async (tx) => {
    await createProducts(tx, goods, deps.stock);
    await beginPurchasing(tx, deps.stock);
  });
}

/** Connects the accounts, or moves them to where the simulator serves this time. */
async function ensureAccounts(
  tx: TenantTx,
  accounts: SimulatorAccount[],
  secrets: AccountSecrets,
): Promise<void> {
  for (const { name, username, password, baseUrl } of accounts) {
    const moved = await tx.execute(
      'update marketplace_account set base_url = $3 where tenant_id = $1 and username = $2',
      [tx.tenantId, username, baseUrl],
    );
    if (moved === 0)
      await createAccount(
        tx,
        { name: `eMAG ${name}`, platform: 'emag_ro', username, password, baseUrl },
        secrets,
      );
  }
}

/** The simulator has outages on purpose; the first reading waits one out. */
async function patiently<R>(signal: AbortSignal, work: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EmagError) || attempt >= 15) throw error;
      await delay(1000, undefined, { signal });
    }
  }
}
