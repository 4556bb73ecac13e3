/** Which location gives the pieces of a line that names none. */
import type { ShortLine } from '@tradepost/contracts';
import type { Allocation, Level, StockLine } from './stock-request.ts';

/** A level with what decides about it. */
export interface Shelf extends Level {
  /** Lowest first. */
  priority: number;
  /** Gives nothing to lines that do not name it. */
  archived: boolean;
}

const byPriority = (a: Shelf, b: Shelf): number =>
  a.priority - b.priority || (a.location < b.location ? -1 : 1);
const available = (shelf: Shelf): number => shelf.onHand - shelf.reserved;

/** Where an item lies that is named without a location: in the order of priority, archived locations last. */
export function inOrder(shelves: Shelf[]): Shelf[] {
  if (shelves.length < 2) return shelves;
  return shelves.toSorted((a, b) => Number(a.archived) - Number(b.archived) || byPriority(a, b));
}

export interface Allocated {
  /** Pieces to take by shelf; of a short item as many as there are. */
  taken: Map<Shelf, number>;
  short: ShortLine[];
  /** Indexes of lines whose item, or whose location of it, does not exist. */
  unknown: number[];
}

const byDefault: Allocation = { policy: 'priority', split: true };

/**
 * Sums lines of one item, those that name a location first, and takes the pieces from shelves. Nothing is changed.
 *
 * `find` gives the shelves of an item named by SKU or id.
 */
export function allocate(
  lines: StockLine[],
  find: (item: string) => Shelf[],
  { policy, split }: Allocation = byDefault,
): Allocated {
  const taken = new Map<Shelf, number>();
  const short: ShortLine[] = [];
  const unknown: number[] = [];
  const asked = new Map<Shelf, number>();
  const anywhere = new Map<string, { shelves: Shelf[]; quantity: number }>();
  lines.forEach((line, index) => {
    const shelves = find(line.variantId ?? line.sku ?? '');
    if (line.location === undefined) {
      if (shelves.length === 0) unknown.push(index);
      else if (shelves.length === 1) add(asked, shelves[0]!, line.quantity);
      else {
        const item = shelves[0]!.variantId;
        const before = anywhere.get(item);
        if (before === undefined) anywhere.set(item, { shelves, quantity: line.quantity });
        else before.quantity += line.quantity;
      }
      return;
    }
    const shelf = shelves.find((s) => s.location === line.location);
    if (shelf === undefined) unknown.push(index);
    else add(asked, shelf, line.quantity);
  });
  for (const [shelf, quantity] of asked) {
    const there = available(shelf);
    if (quantity > there) short.push({ sku: shelf.sku, asked: quantity, available: there });
    if (there > 0) taken.set(shelf, Math.min(quantity, there));
  }
  for (const { shelves, quantity } of anywhere.values()) {
    const left = (shelf: Shelf): number => available(shelf) - (taken.get(shelf) ?? 0);
    const open = shelves.filter((s) => !s.archived);
    const ordered = open.toSorted(
      policy === 'priority' ? byPriority : (a, b) => left(b) - left(a) || byPriority(a, b),
    );
    // Not split: the first that has all of it, or for a partial reservation the one that has most.
    const whole = ordered.find((s) => left(s) >= quantity);
    const sources =
      split && whole === undefined ? ordered : [whole ?? ordered.toSorted((a, b) => left(b) - left(a))[0]];
    let rest = quantity;
    for (const shelf of sources) {
      if (shelf === undefined || rest === 0) break;
      const pieces = Math.min(rest, left(shelf));
      if (pieces > 0) add(taken, shelf, pieces);
      rest -= Math.max(0, pieces);
    }
    if (rest > 0) short.push({ sku: shelves[0]!.sku, asked: quantity, available: quantity - rest });
  }
  return { taken, short, unknown };
}

function add(sums: Map<Shelf, number>, shelf: Shelf, quantity: number): void {
  sums.set(shelf, (sums.get(shelf) ?? 0) + quantity);
}
