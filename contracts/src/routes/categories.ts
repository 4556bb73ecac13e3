import { z } from 'zod';
import { Id, IdParams, listOf, listQuery } from '../common.ts';
import { defineRoute } from '../route.ts';

/** Categories of one tenant, so that the whole tree stays one answer. */
export const MAX_CATEGORIES = 10_000;
/** Levels of the tree; a top category has depth 1. */
export const MAX_CATEGORY_DEPTH = 10;

export const Category = z.object({
  id: Id,
  parentId: Id.nullable().describe('null: a top category'),
  name: z.string(),
  slug: z.string().describe('Made from the name; unique among the siblings'),
  position: z.int().describe('Order among the siblings, from 0'),
  depth: z.int().describe('1 for a top category'),
  productCount: z.int().describe('Products right in it, deleted ones not counted'),
  totalProductCount: z.int().describe('With those of all categories below'),
});
export type Category = z.infer<typeof Category>;

export const CategoryName = z.string().trim().min(1).max(100);

export const CreateCategory = z.strictObject({
  name: CategoryName,
  parentId: Id.nullable().default(null),
  position: z.int().min(0).max(MAX_CATEGORIES).optional().describe('Default: after its siblings'),
});
export type CreateCategory = z.infer<typeof CreateCategory>;

export const UpdateCategory = z
  .strictObject({
    name: CategoryName,
    parentId: Id.nullable(),
    position: z.int().min(0).max(MAX_CATEGORIES),
  })
  .partial()
  .refine((b) => Object.keys(b).length > 0, 'must change at least one of name, parentId, position');
export type UpdateCategory = z.infer<typeof UpdateCategory>;

export const Brand = z.object({
  id: Id,
  name: z.string(),
  productCount: z.int().describe('Deleted products not counted'),
});
export type Brand = z.infer<typeof Brand>;

export const categoryRoutes = {
  listCategories: defineRoute({
    method: 'GET',
    path: '/categories',
    operation: 'listCategories',
    tag: 'products',
    summary: 'The whole tree: each parent before its children, siblings by position',
    access: 'products.read',
    responses: { 200: z.object({ items: z.array(Category) }) },
  }),
  createCategory: defineRoute({
    method: 'POST',
    path: '/categories',
    operation: 'createCategory',
    tag: 'products',
    summary: 'Create a category',
    access: 'products.write',
    body: CreateCategory,
    responses: { 201: Category },
    errors: ['ALREADY_EXISTS', 'STATE_CONFLICT'],
  }),
  updateCategory: defineRoute({
    method: 'PATCH',
    path: '/categories/:id',
    operation: 'updateCategory',
    tag: 'products',
    summary: 'Rename or move a category; what is below it goes along',
    access: 'products.write',
    params: IdParams,
    body: UpdateCategory,
    responses: { 200: Category },
    errors: ['NOT_FOUND', 'ALREADY_EXISTS', 'STATE_CONFLICT'],
  }),
  deleteCategory: defineRoute({
    method: 'DELETE',
    path: '/categories/:id',
    operation: 'deleteCategory',
    tag: 'products',
    summary: 'Delete a category; one that holds anything only with `contents=parent`',
    access: 'products.write',
    params: IdParams,
    query: z.strictObject({
      contents: z
        .enum(['refuse', 'parent'])
        .default('refuse')
        .describe('`parent`: its products and subcategories move to its parent first'),
    }),
    responses: { 204: null },
    errors: ['NOT_FOUND', 'ALREADY_EXISTS', 'STATE_CONFLICT'],
  }),
  listBrands: defineRoute({
    method: 'GET',
    path: '/brands',
    operation: 'listBrands',
    tag: 'products',
    summary: 'Brands by name, with how many products each has',
    access: 'products.read',
    query: z.strictObject({
      ...listQuery,
      search: z.string().trim().max(100).optional().describe('Start of the name'),
    }),
    responses: { 200: listOf(Brand) },
  }),
};
