import { Kbd } from '@mantine/core';
import { useText } from '../../i18n/locale.tsx';
import type { Entry, Group } from './entries.tsx';
import classes from './palette.module.css';
import type { ResultList } from './use-results.ts';

interface Props {
  results: ResultList;
  typed: string;
  active: Entry | undefined;
  optionId: (entry: Entry) => string;
  onPoint: (id: string) => void;
  onRun: (entry: Entry) => void;
}

/** The results below the palette's field, by group. */
export function Results({ results, typed, active, optionId, onPoint, onRun }: Props) {
  const { palette, purchaseOrders, suppliers, imports } = useText();
  const { entries, searching, failed } = results;
  const titles: Record<Group, string> = {
    recent: palette.recent,
    pages: palette.groups.pages,
    actions: palette.groups.actions,
    order: palette.groups.orders,
    product: palette.groups.products,
    stock: palette.groups.stock,
    account: palette.groups.accounts,
    task: palette.groups.tasks,
    purchase_order: purchaseOrders.title,
    supplier: suppliers.title,
    import: imports.title,
  };
  const groups = [...Map.groupBy(entries, ({ group }) => group)];
  return (
    <>
      <div id="palette-results" role="listbox" aria-label={palette.results} className={classes.results}>
        {groups.map(([group, members]) => (
          // biome-ignore lint/a11y/useSemanticElements: options are grouped by role, not in a fieldset
          <div key={group} role="group" aria-labelledby={`palette-group-${group}`}>
            <div id={`palette-group-${group}`} className={classes.group}>
              {titles[group]}
            </div>
            {members.map((entry) => (
              <Option
                key={entry.id}
                entry={entry}
                id={optionId(entry)}
                active={entry === active}
                onPoint={onPoint}
                onRun={onRun}
              />
            ))}
          </div>
        ))}
      </div>
      {entries.length === 0 && !searching && typed !== '' && (
        <div className={classes.nothing}>
          <p>{palette.nothing(typed)}</p>
          <p className="dim">{palette.nothingHelp}</p>
        </div>
      )}
      {failed && <p className={classes.failed}>{palette.failed}</p>}
      <span className="visually-hidden" role="status">
        {searching ? palette.searching : palette.count(entries.length)}
      </span>
    </>
  );
}

interface OptionProps {
  entry: Entry;
  id: string;
  active: boolean;
  onPoint: (id: string) => void;
  onRun: (entry: Entry) => void;
}

function Option({ entry, id, active, onPoint, onRun }: OptionProps) {
  const { Icon, label, detail, keys } = entry;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and the keys
    // biome-ignore lint/a11y/useFocusableInteractive: it is the field's active descendant
    <div
      id={id}
      role="option"
      aria-selected={active}
      className={classes.option}
      // Not on "enter": rows that come in under a resting pointer must not take the choice.
      onPointerMove={() => !active && onPoint(entry.id)}
      onClick={() => onRun(entry)}
    >
      <Icon size={16} stroke={1.75} aria-hidden className={classes.optionIcon} />
      <span className={classes.label}>{label}</span>
      {detail && <span className={classes.detail}>{detail}</span>}
      {keys && (
        <span className={classes.keys} aria-hidden>
          {keys.map((key) => (
            <Kbd key={key}>{key}</Kbd>
          ))}
        </span>
      )}
    </div>
  );
}
