/** A parsed request body. Forms give strings and PHP's nested arrays; JSON gives what it says. */
export interface ParsedBody {
  kind: 'form' | 'json' | 'empty';
  value: unknown;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Parses by Content-Type; without one, by the first character. Throws SyntaxError on broken JSON. */
export function parseBody(text: string, contentType: string): ParsedBody {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'empty', value: {} };
  const looksJson = trimmed.startsWith('{') || trimmed.startsWith('[');
  const isForm = contentType.includes('application/x-www-form-urlencoded');
  if (contentType.includes('json') || (!isForm && looksJson)) {
    return { kind: 'json', value: JSON.parse(trimmed) };
  }
  return { kind: 'form', value: parseForm(trimmed) };
}

type FormNode = Map<string, FormNode | string>;

/** PHP's bracket notation: `data[status][0]=1`, `data[][id]=7`. */
function parseForm(text: string): unknown {
  const root: FormNode = new Map();
  for (const [name, value] of new URLSearchParams(text)) {
    const head = /^[^[]+/.exec(name)?.[0];
    if (head === undefined) continue;
    const path = [head, ...Array.from(name.matchAll(/\[([^\]]*)\]/g), (match) => match[1] ?? '')];
    put(root, path, value);
  }
  return toValue(root, true);
}

function put(root: FormNode, path: readonly string[], value: string): void {
  let node = root;
  path.forEach((segment, depth) => {
    const key = segment === '' ? String(node.size) : segment;
    if (depth === path.length - 1) {
      node.set(key, value);
      return;
    }
    const next = node.get(key);
    const child: FormNode = next instanceof Map ? next : new Map();
    node.set(key, child);
    node = child;
  });
}

/** Keys 0, 1, 2 … make a list, anything else an object. Null prototypes: a key named `__proto__` is just a key. */
function toValue(node: FormNode, isRoot: boolean): unknown {
  const entries = [...node].map(
    ([key, item]) => [key, item instanceof Map ? toValue(item, false) : item] as const,
  );
  const isList = !isRoot && entries.every(([key], index) => key === String(index));
  if (isList) return entries.map(([, item]) => item);
  const fields: Record<string, unknown> = Object.create(null);
  for (const [key, item] of entries) fields[key] = item;
  return fields;
}

/** Input elements as PHP counts them: every leaf. */
export function countLeaves(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  let leaves = 0;
  for (const item of Object.values(value)) leaves += countLeaves(item);
  return leaves;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The filters of a read or count. Forms carry them under `data` or at the top; JSON at the top only, where a `data`
 * wrapper is silently ignored: the caller gets the unfiltered list. Source: emag-api.md 1.4.
 */
export function readInput(
  body: ParsedBody,
  jsonWrapper: 'ignored' | 'honoured',
): { fields: Fields; warning: string | null } {
  const fields = isFields(body.value) ? body.value : {};
  if (!isFields(fields.data)) return { fields, warning: null };
  if (body.kind === 'form' || jsonWrapper === 'honoured') {
    return { fields: { ...fields, ...fields.data }, warning: null };
  }
  return { fields, warning: 'filters inside the JSON key "data" were ignored' };
}

/** The entities of a save: a bare list or `{"data": […]}`; null when there is one object instead of a list. */
export function saveInput(body: ParsedBody): readonly unknown[] | null {
  const { value } = body;
  if (Array.isArray(value)) return value;
  if (isFields(value) && Array.isArray(value.data)) return value.data;
  return null;
}
