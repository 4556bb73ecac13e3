import { Select } from '@mantine/core';
import type { Category } from '@tradepost/contracts';
import { useState } from 'react';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { useText } from '../../i18n/locale.tsx';
import { categoryPath, withinOf } from './tree.ts';

/** Stands for the top level, which has no id. */
const TOP = 'top';

interface Props {
  category: Category;
  nodes: readonly Category[];
  onMove: (parentId: string | null) => void;
  onClose: () => void;
}

/** Chooses another place in the tree; its own branch is not offered. */
export function MoveCategoryDialog({ category, nodes, onMove, onClose }: Props) {
  const { categories, products } = useText();
  const own = withinOf(nodes, category.id);
  const [parent, setParent] = useState(category.parentId ?? TOP);
  return (
    <Dialog title={categories.moveTo(category.name)} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          onMove(parent === TOP ? null : parent);
        }}
      >
        <Select
          label={categories.moveInto}
          data={[
            { value: TOP, label: categories.top },
            ...nodes
              .filter(({ id }) => !own.has(id))
              .map(({ id }) => ({ value: id, label: categoryPath(nodes, id) })),
          ]}
          value={parent}
          onChange={(value) => setParent(value ?? TOP)}
          allowDeselect={false}
          searchable
          nothingFoundMessage={products.nothingFound}
          data-autofocus
        />
        <SubmitRow onCancel={onClose} disabled={parent === (category.parentId ?? TOP)}>
          {categories.move}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
