/** What the pieces of a variant cost, carried on movement by movement: a moving average, and layers of which the oldest go first. */

export interface CostLayer {
  id: string;
  source: string;
  reference: string | null;
  receivedAt: Date;
  quantity: number;
  remaining: number;
  /** In minor units of the variant; null: nobody said. */
  unitCostMinor: number | null;
}

export interface CostState {
  /** Below 0 while a movement out is read before the one that brought the pieces, as clocks of two processes may have it. */
  quantity: number;
  /** Null: nothing is known of its cost. */
  averageMinor: number | null;
  /** Those with something left, oldest first. */
  layers: CostLayer[];
}

export interface CostedMovement {
  kind: string;
  /** Signed. */
  quantity: number;
  reference: string | null;
  at: Date;
  /** Of one piece, where a document says it. */
  unitCostMinor: number | null;
}

/** What sales have cost; returns are taken off. */
export interface SaleCost {
  quantity: number;
  fifoMinor: number;
  averageMinor: number;
  withoutCost: number;
}

/** Goods on the way from one location to another stay what they are. */
const withinTheHouse: ReadonlySet<string> = new Set(['transfer_out', 'transfer_in']);

/**
 * Changes `state` by one movement, and tells what a sale or a return has cost; null for others.
 *
 * Pieces that come in without a document that says their cost (a return, a count, an opening) come in at the average, and
 * before there is one at `fallbackMinor`: the cost that the variant names.
 */
export function applyMovement(
  state: CostState,
  movement: CostedMovement,
  options: { fallbackMinor: number | null; newId: () => string },
): SaleCost | null {
  if (withinTheHouse.has(movement.kind) || movement.quantity === 0) return null;
  return movement.quantity > 0 ? takeIn(state, movement, options) : takeOut(state, movement);
}

function takeIn(
  state: CostState,
  { kind, quantity, reference, at, unitCostMinor }: CostedMovement,
  { fallbackMinor, newId }: { fallbackMinor: number | null; newId: () => string },
): SaleCost | null {
  const cost = unitCostMinor ?? state.averageMinor ?? fallbackMinor;
  const before = Math.max(0, state.quantity);
  if (cost !== null) {
    state.averageMinor =
      state.averageMinor === null
        ? cost
        : (before * state.averageMinor + quantity * cost) / (before + quantity);
  }
  const owed = Math.min(quantity, Math.max(0, -state.quantity));
  state.quantity += quantity;
  state.layers.push({
    id: newId(),
    source: kind,
    reference,
    receivedAt: at,
    quantity,
    remaining: quantity - owed,
    unitCostMinor: cost,
  });
  if (kind !== 'return') return null;
  const value = -quantity * (cost ?? 0);
  return {
    quantity: -quantity,
    fifoMinor: value,
    averageMinor: value,
    withoutCost: cost === null ? -quantity : 0,
  };
}

function takeOut(state: CostState, movement: CostedMovement): SaleCost | null {
  const asked = -movement.quantity;
  let left = asked;
  let fifoMinor = 0;
  let withoutCost = 0;
  for (const layer of state.layers) {
    if (left === 0) break;
    const taken = Math.min(layer.remaining, left);
    layer.remaining -= taken;
    left -= taken;
    if (layer.unitCostMinor === null) withoutCost += taken;
    else fifoMinor += taken * layer.unitCostMinor;
  }
  state.quantity -= asked;
  if (movement.kind !== 'sale') return null;
  return {
    quantity: asked,
    fifoMinor,
    averageMinor: asked * (state.averageMinor ?? 0),
    withoutCost: withoutCost + left,
  };
}
