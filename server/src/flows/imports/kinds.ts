/** The kinds of imports. */
import type { ImportKind } from '@tradepost/contracts';
import type { ImportKindDoor } from './kind.ts';
import { priceImports, productImports } from './products.ts';
import { stockImports } from './stock.ts';
import { supplierImports } from './suppliers.ts';

export const kinds: Record<ImportKind, ImportKindDoor> = {
  stock: stockImports,
  products: productImports,
  prices: priceImports,
  suppliers: supplierImports,
};
