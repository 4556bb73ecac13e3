/** The tree of categories. */
import type { Category, CreateCategory, UpdateCategory } from '@tradepost/contracts';
import { newId } from '#platform/crypto';
import { sqlState, type TenantTx } from '#platform/db';
import { problem } from '#platform/http';
import { refuseTooManyCategories } from './names.ts';

interface CategoryRow {
  id: string;
  parentId: string | null;
  name: string;
  slug: string;
  position: number;
  productCount: number;
}

/** All of it: each parent before its children, siblings by position. */
export async function listCategories(tx: TenantTx): Promise<Category[]> {
  const rows = await tx.query<CategoryRow>(
    `select c.id, c.parent_id as "parentId", c.name, c.slug, c.position, coalesce(n.count, 0)::int as "productCount"
     from category c
     left join (select category_id, count(*) from product where tenant_id = $1 and deleted_at is null and category_id is not null group by 1) n
       on n.category_id = c.id
     where c.tenant_id = $1 order by c.position, c.slug`,
    [tx.tenantId],
  );
  const children = Map.groupBy(rows, (row) => row.parentId);
  const tree: Category[] = [];
  const add = (row: CategoryRow, depth: number): number => {
    const category = { ...row, depth, totalProductCount: row.productCount };
    tree.push(category);
    for (const child of children.get(row.id) ?? []) category.totalProductCount += add(child, depth + 1);
    return category.totalProductCount;
  };
  for (const top of children.get(null) ?? []) add(top, 1);
  return tree;
}

async function getCategory(tx: TenantTx, id: string): Promise<Category> {
  const category = (await listCategories(tx)).find((c) => c.id === id);
  if (category === undefined) throw noCategory();
  return category;
}

const noCategory = () => problem('NOT_FOUND', 'There is no such category.');

/** @throws HttpProblem ALREADY_EXISTS, STATE_CONFLICT, VALIDATION_FAILED */
export async function createCategory(tx: TenantTx, input: CreateCategory): Promise<Category> {
  await refuseTooManyCategories(tx, 1);
  const id = newId();
  await keepingTree(
    tx.execute(
      `insert into category (tenant_id, id, parent_id, name, position, created_at)
       select $1, $2, $3, $4, coalesce($5, (select coalesce(max(position) + 1, 0) from category where tenant_id = $1 and parent_id is not distinct from $3)), $6`,
      [tx.tenantId, id, input.parentId, input.name, input.position ?? null, tx.clock.now()],
    ),
  );
  await renumber(tx, input.parentId, id);
  showChange(tx);
  return getCategory(tx, id);
}

/** @throws HttpProblem NOT_FOUND, ALREADY_EXISTS, STATE_CONFLICT, VALIDATION_FAILED */
export async function updateCategory(tx: TenantTx, id: string, change: UpdateCategory): Promise<Category> {
  // Not `for update`: two moves below each other would wait for one another, each for the key of the other's row.
  const before = await tx.maybeOne<{ parentId: string | null; position: number }>(
    'select parent_id as "parentId", position from category where tenant_id = $1 and id = $2 for no key update',
    [tx.tenantId, id],
  );
  if (before === undefined) throw noCategory();
  const parentId = change.parentId === undefined ? before.parentId : change.parentId;
  const moved = parentId !== before.parentId;
  await keepingTree(
    tx.execute(
      `update category set name = coalesce($3, name), parent_id = $4,
         position = coalesce($5, case when $6 then
           (select coalesce(max(position) + 1, 0) from category where tenant_id = $1 and parent_id is not distinct from $4) else position end)
       where tenant_id = $1 and id = $2`,
      [tx.tenantId, id, change.name ?? null, parentId, change.position ?? null, moved],
    ),
  );
  if (moved || change.position !== undefined) {
    // What it passes on its way down moves up by one, so it comes after the one that has the place now.
    const down = !moved && change.position !== undefined && change.position > before.position;
    await renumber(tx, parentId, id, down ? 'after' : 'before');
  }
  showChange(tx);
  return getCategory(tx, id);
}

/**
 * Deletes a category. With `contents: 'parent'` its products and subcategories go to its parent first; deleted products
 * go there in any case, so that they can be restored.
 *
 * @throws HttpProblem NOT_FOUND, STATE_CONFLICT when it holds something, ALREADY_EXISTS when the parent has a subcategory of the same name
 */
export async function deleteCategory(tx: TenantTx, id: string, contents: 'refuse' | 'parent'): Promise<void> {
  const category = await tx.maybeOne<{ parentId: string | null; children: boolean; products: boolean }>(
    `select c.parent_id as "parentId",
       exists (select from category k where k.tenant_id = $1 and k.parent_id = c.id) as children,
       exists (select from product p where p.tenant_id = $1 and p.category_id = c.id and p.deleted_at is null) as products
     from category c where c.tenant_id = $1 and c.id = $2 for update of c`,
    [tx.tenantId, id],
  );
  if (category === undefined) throw noCategory();
  if (contents === 'refuse' && (category.children || category.products)) {
    throw problem(
      'STATE_CONFLICT',
      `The category holds ${category.products ? 'products' : 'subcategories'}. Move them first, or delete it with contents=parent.`,
    );
  }
  const moved = await tx.query<{ id: string; name: string; version: number; deleted: boolean }>(
    `update product set category_id = $3, version = version + 1, updated_at = $4 where tenant_id = $1 and category_id = $2
     returning id, name, version, deleted_at is not null as deleted`,
    [tx.tenantId, id, category.parentId, tx.clock.now()],
  );
  for (const { id: productId, name, version, deleted } of moved) {
    if (!deleted)
      tx.emit('product_updated', { productId, name, change: 'updated', version, fields: ['category'] });
  }
  await keepingTree(
    tx.execute('update category set parent_id = $3 where tenant_id = $1 and parent_id = $2', [
      tx.tenantId,
      id,
      category.parentId,
    ]),
  );
  await tx.execute('delete from category where tenant_id = $1 and id = $2', [tx.tenantId, id]);
  await renumber(tx, category.parentId, null);
  showChange(tx);
}

/** No event tells of a category; lists of products show their names. */
function showChange(tx: TenantTx): void {
  tx.dropCached(tx.tenantId, ['products']);
}

/** Siblings count from 0 without gaps; of two at one place, `placed` comes before or after the other. */
async function renumber(
  tx: TenantTx,
  parentId: string | null,
  placed: string | null,
  side: 'before' | 'after' = 'before',
): Promise<void> {
  await tx.execute(
    `update category c set position = n.position
     from (select id, row_number() over (order by position, (id is distinct from $3::uuid) = $4, slug) - 1 as position
       from category where tenant_id = $1 and parent_id is not distinct from $2) n
     where c.tenant_id = $1 and c.id = n.id and c.position <> n.position`,
    [tx.tenantId, parentId, placed, side === 'before'],
  );
}

/** What the database refuses, in words. */
async function keepingTree(statement: Promise<number>): Promise<void> {
  try {
    await statement;
  } catch (error) {
    const { constraint } = error as { constraint?: string };
    if (constraint === 'category_slug')
      throw problem('ALREADY_EXISTS', 'There is a category of this name at that place already.');
    if (constraint === 'category_no_circle')
      throw problem('STATE_CONFLICT', 'A category cannot be moved below itself.');
    if (constraint === 'category_depth')
      throw problem('STATE_CONFLICT', 'The tree can be 10 levels deep at most.');
    if (sqlState(error) === '23503') throw problem('NOT_FOUND', 'There is no such parent category.');
    throw error;
  }
}
