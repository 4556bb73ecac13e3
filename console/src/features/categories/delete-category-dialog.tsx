import type { Category } from '@tradepost/contracts';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import { childrenOf } from './tree.ts';

interface Props {
  category: Category;
  nodes: readonly Category[];
  onClose: () => void;
}

/** Says what is in it and where that goes: one level up, since a category is never deleted with its contents. */
export function DeleteCategoryDialog({ category, nodes, onClose }: Props) {
  const { categories } = useText();
  const remove = useCall('deleteCategory', () => {
    onClose();
    toast(categories.deletedDone(category.name));
  });
  const parent = nodes.find(({ id }) => id === category.parentId);
  const below = childrenOf(nodes, category.id).length;
  const holds = category.productCount > 0 || below > 0;
  return (
    <Dialog title={categories.deleteTitle(category.name)} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (remove.isPending) return;
          remove.mutate({
            params: { id: category.id },
            query: { contents: holds ? 'parent' : 'refuse' },
          });
        }}
      >
        {holds ? (
          <>
            <p>{categories.holds(category.productCount, below)}</p>
            <p className={classes.preview}>
              {parent ? categories.goTo(parent.name) : categories.goNowhere(below > 0)}
            </p>
          </>
        ) : (
          <p>{categories.deleteEmpty}</p>
        )}
        <SubmitRow
          onCancel={onClose}
          error={remove.error}
          color="red"
          loading={remove.isPending}
          data-autofocus
        >
          {categories.delete}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
