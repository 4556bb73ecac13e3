/** A list's saved views as tabs beside its title, one menu on a phone. The address alone says what is shown. */
import { Menu } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import {
  IconCheck,
  IconChevronDown,
  IconPencil,
  IconPin,
  IconPinnedOff,
  IconPlus,
  IconTrash,
} from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { offerUndo } from '../../components/undo.tsx';
import { useText } from '../../i18n/locale.tsx';
import { NameDialog } from './name-dialog.tsx';
import classes from './view-bar.module.css';
import { type Filters, type SavedViews, useSavedViews, type View } from './views.ts';

interface Props<F extends object> {
  /** Names the list in what is kept. */
  list: string;
  /** What the address asks for now. */
  filters: F;
  /** Shows these in place of the present ones. */
  onApply: (filters: F) => void;
  /** A detail is open: the address was meant as it is, also without filters. */
  detailOpen?: boolean;
}

export function ViewBar<F extends object>({ list, filters, onApply, detailOpen = false }: Props<F>) {
  const text = useText();
  const narrow = useMediaQuery('(max-width: 767px)', undefined, { getInitialValueInEffect: false });
  const saved = useSavedViews(list);
  const [naming, setNaming] = useState<'new' | View | null>(null);
  const filtered = Object.values(filters).some((value) => value !== undefined);
  const current = saved.match(filters as Filters);
  const apply = (next: Filters) => onApply(next as F);

  // Once, when the list is entered by its plain address; "All" afterwards means all.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what holds on entering counts
  useEffect(() => {
    if (saved.first !== null && !filtered && !detailOpen) apply(saved.first.filters);
  }, []);

  if (saved.views.length === 0 && !filtered) return null;
  const save = filtered && current === null && (
    <button type="button" className={classes.save} onClick={() => setNaming('new')}>
      <IconPlus size={14} aria-hidden />
      {text.views.save}
    </button>
  );
  const dialog = naming !== null && (
    <NameDialog
      title={naming === 'new' ? text.views.saveTitle : text.views.renameTitle(naming.name)}
      name={naming === 'new' ? '' : naming.name}
      taken={saved.views.filter((view) => view !== naming).map((view) => view.name)}
      onName={(name) =>
        naming === 'new' ? saved.add(name, filters as Filters) : saved.rename(naming.id, name)
      }
      onClose={() => setNaming(null)}
    />
  );
  if (narrow) {
    return (
      <>
        {saved.views.length > 0 && (
          <Menu position="bottom-start">
            <Menu.Target>
              <button type="button" className={classes.tab} data-on={current ? true : undefined}>
                {current?.name ?? (filtered ? text.views.label : text.views.all)}
                <IconChevronDown size={14} aria-hidden />
              </button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                onClick={() => apply({})}
                rightSection={!filtered && <IconCheck size={14} aria-hidden />}
              >
                {text.views.all}
              </Menu.Item>
              {saved.views.map((view) => (
                <Menu.Item
                  key={view.id}
                  onClick={() => apply(view.filters)}
                  rightSection={view === current && <IconCheck size={14} aria-hidden />}
                >
                  {view.name}
                </Menu.Item>
              ))}
              {current && (
                <>
                  <Menu.Divider />
                  <ViewActions view={current} saved={saved} onRename={() => setNaming(current)} />
                </>
              )}
            </Menu.Dropdown>
          </Menu>
        )}
        {save}
        {dialog}
      </>
    );
  }
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: no form, so no fieldset */}
      <div role="group" aria-label={text.views.label} className={classes.bar}>
        <button
          type="button"
          className={classes.tab}
          data-on={!filtered || undefined}
          aria-pressed={!filtered}
          onClick={() => apply({})}
        >
          {text.views.all}
        </button>
        {saved.views.map((view) => (
          <span key={view.id} className={classes.entry}>
            <button
              type="button"
              className={classes.tab}
              data-on={view === current || undefined}
              aria-pressed={view === current}
              onClick={() => apply(view.filters)}
            >
              {view === saved.first && <IconPin size={12} aria-hidden />}
              {view.name}
            </button>
            {view === current && (
              <Menu position="bottom-start">
                <Menu.Target>
                  <button type="button" className={classes.more} aria-label={text.views.menu(view.name)}>
                    <IconChevronDown size={14} aria-hidden />
                  </button>
                </Menu.Target>
                <Menu.Dropdown>
                  <ViewActions view={view} saved={saved} onRename={() => setNaming(view)} />
                </Menu.Dropdown>
              </Menu>
            )}
          </span>
        ))}
        {save}
      </div>
      {dialog}
    </>
  );
}

function ViewActions({ view, saved, onRename }: { view: View; saved: SavedViews; onRename: () => void }) {
  const { views } = useText();
  const isFirst = view === saved.first;
  const PinIcon = isFirst ? IconPinnedOff : IconPin;
  return (
    <>
      <Menu.Item
        leftSection={<PinIcon size={14} aria-hidden />}
        onClick={() => saved.setFirst(isFirst ? null : view.id)}
      >
        {isFirst ? views.notFirst : views.first}
      </Menu.Item>
      <Menu.Item leftSection={<IconPencil size={14} aria-hidden />} onClick={onRename}>
        {views.rename}
      </Menu.Item>
      <Menu.Item
        leftSection={<IconTrash size={14} aria-hidden />}
        onClick={() => offerUndo(views.deleted(view.name), saved.remove(view.id))}
      >
        {views.delete}
      </Menu.Item>
    </>
  );
}
