import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import type { Category } from '@tradepost/contracts';
import { useState } from 'react';
import { query, useCall } from '../../api/queries.ts';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState, Lines } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { offerUndo, toastError } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { CatalogueTabs } from '../products/catalogue-tabs.tsx';
import { useCan } from '../session/session.ts';
import classes from './categories.module.css';
import { CategoryTree, type TreeAction } from './category-tree.tsx';
import { DeleteCategoryDialog } from './delete-category-dialog.tsx';
import { MoveCategoryDialog } from './move-category-dialog.tsx';
import { childrenOf } from './tree.ts';

export const Route = createLazyRoute('/frame/products/categories')({ component: CategoriesPage });

type Asking = { kind: 'move' | 'delete'; category: Category } | null;

function CategoriesPage() {
  const { categories, nav } = useText();
  const mayWrite = useCan('products.write');
  const tree = useQuery(query('listCategories', {}));
  const [asking, setAsking] = useState<Asking>(null);
  /** Where a new one is being named: below this category, at the top (null), or nowhere (undefined). */
  const [addingTo, setAddingTo] = useState<string | null | undefined>(undefined);
  const create = useCall('createCategory', (category) => toast(categories.added(category.name)));
  const update = useCall('updateCategory');
  const nodes = tree.data?.items;

  const change = (
    category: Category,
    body: { name?: string; parentId?: string | null; position?: number },
    said: string,
  ) => {
    const { name, parentId, position } = category;
    const before = 'name' in body ? { name } : { parentId, position };
    const params = { id: category.id };
    update.mutate(
      { params, body },
      {
        onSuccess: () => offerUndo(said, () => update.mutateAsync({ params, body: before })),
        onError: toastError,
      },
    );
  };
  const act = (category: Category, action: TreeAction) => {
    const siblings = childrenOf(nodes ?? [], category.parentId);
    const at = siblings.indexOf(category);
    if (action === 'add') setAddingTo(category.id);
    else if (action === 'up' && at > 0)
      change(category, { position: at - 1 }, categories.moved(category.name));
    else if (action === 'down' && at < siblings.length - 1)
      change(category, { position: at + 1 }, categories.moved(category.name));
    else if (action === 'move' || action === 'delete') setAsking({ kind: action, category });
  };

  return (
    <Page
      title={nav.products}
      toolbar={<CatalogueTabs />}
      actions={
        mayWrite && (
          <Button
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => setAddingTo(null)}
            data-create
          >
            {categories.add}
          </Button>
        )
      }
    >
      <p className={classes.lead}>{categories.lead}</p>
      {nodes === undefined ? (
        tree.error ? (
          <ErrorState error={tree.error} onRetry={() => void tree.refetch()} />
        ) : (
          <Lines count={10} />
        )
      ) : nodes.length === 0 && addingTo === undefined ? (
        <EmptyState
          title={categories.empty.title}
          help={categories.empty.help}
          action={
            mayWrite && (
              <Button variant="default" onClick={() => setAddingTo(null)}>
                {categories.add}
              </Button>
            )
          }
        />
      ) : (
        <CategoryTree
          nodes={nodes}
          mayWrite={mayWrite}
          addingTo={addingTo}
          onAct={act}
          onRename={(category, name) => change(category, { name }, categories.renamed(name))}
          onAdd={(name) => {
            if (name) create.mutate({ body: { name, parentId: addingTo ?? null } }, { onError: toastError });
            setAddingTo(undefined);
          }}
        />
      )}
      {asking?.kind === 'move' && (
        <MoveCategoryDialog
          category={asking.category}
          nodes={nodes ?? []}
          onMove={(parentId) => {
            setAsking(null);
            change(asking.category, { parentId }, categories.moved(asking.category.name));
          }}
          onClose={() => setAsking(null)}
        />
      )}
      {asking?.kind === 'delete' && (
        <DeleteCategoryDialog
          category={asking.category}
          nodes={nodes ?? []}
          onClose={() => setAsking(null)}
        />
      )}
    </Page>
  );
}
