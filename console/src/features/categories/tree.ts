/** A tree of categories as the rows that are seen of it. */

interface Node {
  id: string;
  parentId: string | null;
  position: number;
}

export interface TreeRow<T> {
  node: T;
  /** 1 at the top. */
  level: number;
  /** Place among its siblings, counted from 1, and how many they are. */
  place: number;
  siblings: number;
  hasChildren: boolean;
}

export function childrenOf<T extends Node>(nodes: readonly T[], parentId: string | null): T[] {
  return nodes.filter((node) => node.parentId === parentId).toSorted((a, b) => a.position - b.position);
}

/** The rows from top to bottom; what is below a folded node is left out. */
export function rowsOf<T extends Node>(
  nodes: readonly T[],
  isFolded: (id: string) => boolean = () => false,
): TreeRow<T>[] {
  const rows: TreeRow<T>[] = [];
  const byParent = Map.groupBy(nodes, (node) => node.parentId);
  const walk = (parentId: string | null, level: number) => {
    const siblings = (byParent.get(parentId) ?? []).toSorted((a, b) => a.position - b.position);
    siblings.forEach((node, index) => {
      const hasChildren = byParent.has(node.id);
      rows.push({ node, level, place: index + 1, siblings: siblings.length, hasChildren });
      if (hasChildren && !isFolded(node.id)) walk(node.id, level + 1);
    });
  };
  walk(null, 1);
  return rows;
}

/** A category with those above it: `Books › Poetry`. Empty when it is not among them. */
export function categoryPath(nodes: readonly (Node & { name: string })[], id: string): string {
  const names: string[] = [];
  for (let node = nodes.find((each) => each.id === id); node; ) {
    names.unshift(node.name);
    const { parentId } = node;
    node = parentId === null ? undefined : nodes.find((each) => each.id === parentId);
  }
  return names.join(' › ');
}

/** The node and everything below it: where it cannot be moved to. */
export function withinOf<T extends Node>(nodes: readonly T[], id: string): Set<string> {
  const within = new Set([id]);
  const byParent = Map.groupBy(nodes, (node) => node.parentId);
  const walk = (parentId: string) => {
    for (const child of byParent.get(parentId) ?? []) {
      within.add(child.id);
      walk(child.id);
    }
  };
  walk(id);
  return within;
}
