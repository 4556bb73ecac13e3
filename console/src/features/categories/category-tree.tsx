/** The tree itself: one row in reach of Tab, the arrows move through it. F2 renames, Alt with an arrow moves the category. */
import { ActionIcon, Menu, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconDots } from '@tabler/icons-react';
import { Link, useRouter } from '@tanstack/react-router';
import type { Category } from '@tradepost/contracts';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useText } from '../../i18n/locale.tsx';
import classes from './categories.module.css';
import { rowsOf, type TreeRow } from './tree.ts';

export type TreeAction = 'add' | 'up' | 'down' | 'move' | 'delete';

interface Props {
  nodes: readonly Category[];
  mayWrite: boolean;
  /** A new one is named below this category; null: at the top; undefined: none. */
  addingTo: string | null | undefined;
  onAct: (category: Category, action: TreeAction) => void;
  onRename: (category: Category, name: string) => void;
  /** With an empty name it is given up. */
  onAdd: (name: string) => void;
}

export function CategoryTree({ nodes, mayWrite, addingTo, onAct, onRename, onAdd }: Props) {
  const { categories } = useText();
  const router = useRouter();
  const tree = useRef<HTMLDivElement>(null);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState<string | null>(null);
  const [renaming, setRenaming] = useState<string | null>(null);
  const isFolded = (id: string) => folded.has(id) && id !== addingTo;
  const rows = rowsOf(nodes, isFolded);
  const reached = rows.some(({ node }) => node.id === current) ? current : (rows[0]?.node.id ?? null);

  const fold = (id: string, on: boolean) =>
    setFolded((before) => {
      const after = new Set(before);
      if (on) after.add(id);
      else after.delete(id);
      return after;
    });
  const focusRow = (id: string | undefined | null) => {
    if (!id) return;
    setCurrent(id);
    tree.current?.querySelector<HTMLElement>(`[data-node="${id}"]`)?.focus();
  };
  const onKey = (event: KeyboardEvent, row: TreeRow<Category>) => {
    // Keys of the name field and of the menu are theirs.
    if (event.target !== event.currentTarget) return;
    const at = rows.indexOf(row);
    const { id, parentId } = row.node;
    const below = rows[at + 1];
    if (event.key === 'ArrowDown') {
      if (event.altKey && mayWrite) onAct(row.node, 'down');
      else focusRow(below?.node.id);
    } else if (event.key === 'ArrowUp') {
      if (event.altKey && mayWrite) onAct(row.node, 'up');
      else focusRow(rows[at - 1]?.node.id);
    } else if (event.key === 'ArrowRight') {
      if (row.hasChildren && isFolded(id)) fold(id, false);
      else if (row.hasChildren) focusRow(below?.node.id);
    } else if (event.key === 'ArrowLeft') {
      if (row.hasChildren && !isFolded(id)) fold(id, true);
      else focusRow(parentId);
    } else if (event.key === 'Home') focusRow(rows[0]?.node.id);
    else if (event.key === 'End') focusRow(rows.at(-1)?.node.id);
    else if (event.key === 'Enter') void router.navigate({ to: '/products', search: { category: id } });
    else if (event.key === 'F2' && mayWrite) setRenaming(id);
    else if (event.key === 'Delete' && mayWrite) onAct(row.node, 'delete');
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={tree} role="tree" aria-label={categories.tree} className={classes.tree}>
      {addingTo === null && <NameRow level={1} label={categories.addTop} name="" onName={onAdd} />}
      {rows.map((row) => {
        const { node, level, hasChildren } = row;
        if (renaming === node.id) {
          return (
            <NameRow
              key={node.id}
              level={level}
              label={categories.rename}
              name={node.name}
              onName={(name) => {
                setRenaming(null);
                setCurrent(node.id);
                if (name && name !== node.name) onRename(node, name);
              }}
            />
          );
        }
        const Chevron = isFolded(node.id) ? IconChevronRight : IconChevronDown;
        return [
          <div
            key={node.id}
            role="treeitem"
            aria-level={level}
            aria-setsize={row.siblings}
            aria-posinset={row.place}
            aria-expanded={hasChildren ? !isFolded(node.id) : undefined}
            aria-selected={node.id === reached}
            aria-labelledby={`name-${node.id} count-${node.id}`}
            tabIndex={node.id === reached ? 0 : -1}
            data-node={node.id}
            className={classes.row}
            style={{ paddingLeft: 8 + (level - 1) * 20 }}
            onKeyDown={(event) => onKey(event, row)}
            onFocus={() => setCurrent(node.id)}
          >
            {hasChildren ? (
              <button
                type="button"
                tabIndex={-1}
                className={classes.fold}
                aria-hidden
                onClick={() => fold(node.id, !isFolded(node.id))}
              >
                <Chevron size={14} />
              </button>
            ) : (
              <span className={classes.fold} />
            )}
            <Link
              to="/products"
              search={{ category: node.id }}
              tabIndex={-1}
              className={classes.name}
              id={`name-${node.id}`}
            >
              {node.name}
            </Link>{' '}
            <span className={classes.count} id={`count-${node.id}`}>
              {categories.count(node.totalProductCount)}
            </span>
            {mayWrite && (
              <RowMenu
                row={row}
                onAct={(action) => onAct(node, action)}
                onRename={() => setRenaming(node.id)}
              />
            )}
          </div>,
          addingTo === node.id && (
            <NameRow
              key={`${node.id}-new`}
              level={level + 1}
              label={categories.addBelow(node.name)}
              name=""
              onName={onAdd}
            />
          ),
        ];
      })}
    </div>
  );
}

interface MenuProps {
  row: TreeRow<Category>;
  onAct: (action: TreeAction) => void;
  onRename: () => void;
}

function RowMenu({ row, onAct, onRename }: MenuProps) {
  const { categories } = useText();
  const { name } = row.node;
  return (
    <Menu position="bottom-end" returnFocus={false}>
      <Menu.Target>
        <ActionIcon aria-label={categories.menu(name)} className={classes.menu}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onAct('add')}>{categories.addBelow(name)}</Menu.Item>
        <Menu.Item onClick={onRename}>{categories.rename}</Menu.Item>
        <Menu.Item disabled={row.place === 1} onClick={() => onAct('up')}>
          {categories.up}
        </Menu.Item>
        <Menu.Item disabled={row.place === row.siblings} onClick={() => onAct('down')}>
          {categories.down}
        </Menu.Item>
        <Menu.Item onClick={() => onAct('move')}>{categories.move}</Menu.Item>
        <Menu.Divider />
        <Menu.Item color="red" onClick={() => onAct('delete')}>
          {categories.delete}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

interface NameProps {
  level: number;
  label: string;
  name: string;
  onName: (name: string) => void;
}

/** A name being typed in the place where it will stand. Enter takes it, Esc gives it up. */
function NameRow({ level, label, name, onName }: NameProps) {
  const [typed, setTyped] = useState(name);
  const done = useRef(false);
  const finish = (value: string) => {
    if (done.current) return;
    done.current = true;
    onName(value.trim());
  };
  return (
    <div role="none" className={classes.row} style={{ paddingLeft: 28 + (level - 1) * 20 }}>
      <TextInput
        className={classes.input}
        aria-label={label}
        placeholder={label}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== 'Escape') return;
          event.preventDefault();
          event.stopPropagation();
          finish(event.key === 'Enter' ? typed : '');
        }}
        onBlur={() => finish(typed)}
        maxLength={100}
        autoFocus
      />
    </div>
  );
}
