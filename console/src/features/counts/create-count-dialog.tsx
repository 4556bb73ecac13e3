import { NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { useText } from '../../i18n/locale.tsx';
import { categoryPath } from '../categories/tree.ts';
import { useLocations } from '../locations/use-locations.ts';
import { useCategories } from '../products/product-words.tsx';

type Scope = 'all' | 'search' | 'category';

export function CreateCountDialog({ onClose }: { onClose: () => void }) {
  const { counts } = useText();
  const navigate = useNavigate();
  const { inUse } = useLocations();
  const categories = useCategories();
  const [location, setLocation] = useState(inUse[0]?.code ?? '');
  const [scope, setScope] = useState<Scope>('all');
  const [search, setSearch] = useState('');
  const [categoryId, setCategoryId] = useState('');
  const [name, setName] = useState('');
  const category = categoryId || categories[0]?.id || '';
  const create = useCall('createCount', (count) => {
    onClose();
    void navigate({ to: '/counts/$countId', params: { countId: count.id } });
  });
  const ready =
    location !== '' && (scope === 'all' || (scope === 'search' ? search.trim() !== '' : category !== ''));
  return (
    <Dialog title={counts.create} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready || create.isPending) return;
          const trimmed = name.trim();
          create.mutate({
            body: {
              location,
              ...(trimmed ? { name: trimmed } : {}),
              ...(scope === 'search' ? { search: search.trim() } : {}),
              ...(scope === 'category' ? { categoryId: category } : {}),
            },
          });
        }}
      >
        <NativeSelect
          label={counts.location}
          value={location}
          onChange={(event) => setLocation(event.currentTarget.value)}
          data={inUse.map((each) => ({ value: each.code, label: each.name }))}
          data-autofocus
        />
        <SegmentedControl
          fullWidth
          aria-label={counts.what}
          value={scope}
          onChange={(value) => setScope(value as Scope)}
          data={(['all', 'search', 'category'] as const)
            .filter((value) => value !== 'category' || categories.length > 0)
            .map((value) => ({ value, label: counts.whats[value] }))}
        />
        {scope === 'search' && (
          <TextInput
            label={counts.search}
            value={search}
            maxLength={100}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        )}
        {scope === 'category' && (
          <NativeSelect
            label={counts.category}
            value={category}
            onChange={(event) => setCategoryId(event.currentTarget.value)}
            data={categories.map(({ id }) => ({ value: id, label: categoryPath(categories, id) }))}
          />
        )}
        <TextInput
          label={counts.nameOptional}
          placeholder={counts.nameExample}
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <p className={classes.hint}>{counts.createHelp}</p>
        <SubmitRow onCancel={onClose} error={create.error} loading={create.isPending} disabled={!ready}>
          {counts.createSubmit}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
