import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The fictional goods and customers that every account offers and serves. Source: data/northwind/NOTICE.md. */
export interface Northwind {
  products: readonly NorthwindProduct[];
  categories: readonly NorthwindCategory[];
  customers: readonly NorthwindCustomer[];
}

interface NorthwindProduct {
  id: number;
  name: string;
  categoryId: number;
  packing: string;
  priceDollars: number;
  unitsInStock: number;
  discontinued: boolean;
}

export interface NorthwindCategory {
  id: number;
  name: string;
}

interface NorthwindCustomer {
  code: string;
  company: string;
  contact: string;
}

let loaded: Northwind | undefined;

export function northwind(): Northwind {
  loaded ??= {
    products: readCsv('products').map((row) => ({
      id: Number(row.ProductID),
      name: row.ProductName ?? '',
      categoryId: Number(row.CategoryID),
      packing: row.QuantityPerUnit ?? '',
      priceDollars: Number(row.UnitPrice),
      unitsInStock: Number(row.UnitsInStock),
      discontinued: row.Discontinued === '1',
    })),
    categories: readCsv('categories').map((row) => ({
      id: Number(row.CategoryID),
      name: row.CategoryName ?? '',
    })),
    customers: readCsv('customers').map((row) => ({
      code: row.CustomerID ?? '',
      company: row.CompanyName ?? '',
      contact: row.ContactName ?? '',
    })),
  };
  return loaded;
}

function readCsv(name: string): Record<string, string>[] {
  const path = fileURLToPath(new URL(`../data/northwind/${name}.csv`, import.meta.url));
  const [head = [], ...rows] = readFileSync(path, 'utf8').trim().split(/\r?\n/).map(splitCsvLine);
  return rows.map((cells) => Object.fromEntries(head.map((key, index) => [key, cells[index] ?? ''])));
}

/** Commas and quoted cells; these files have neither line breaks nor doubled quotes inside a cell. */
function splitCsvLine(line: string): string[] {
  return Array.from(line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g), (match) => match[1] ?? match[2] ?? '');
}
