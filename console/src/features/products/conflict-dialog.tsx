import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import dialog from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { useText } from '../../i18n/locale.tsx';
import type { Conflict } from './merge.ts';
import classes from './product-form.module.css';

interface Props {
  conflicts: readonly Conflict[];
  busy: boolean;
  onClose: () => void;
  /** Told by a conflict's path whether your value stands. */
  onSave: (keepsYours: (path: string) => boolean) => void;
}

/** Both versions beside each other where they differ; the person chooses field by field. */
export function ConflictDialog({ conflicts, busy, onClose, onSave }: Props) {
  const { actions, products } = useText();
  const words = products.conflict;
  const [taken, setTaken] = useState<ReadonlySet<string>>(new Set());
  const keepsYours = (path: string) => !taken.has(path);
  const choose = (path: string, yours: boolean) =>
    setTaken((before) => {
      const after = new Set(before);
      if (yours) after.delete(path);
      else after.add(path);
      return after;
    });
  return (
    <Dialog title={words.title} onClose={onClose} size={640} sticky>
      <div className={dialog.form}>
        <p>{conflicts.length > 0 ? words.lead : words.nothingMeets}</p>
        {conflicts.map((conflict) => {
          const named = products.fields[conflict.field];
          const title = conflict.sku === null ? named : `${conflict.sku} · ${named}`;
          return (
            <fieldset key={conflict.path} className={classes.choices}>
              <legend className={classes.choiceTitle}>{title}</legend>
              <div className={classes.choice}>
                {([true, false] as const).map((yours) => (
                  <label key={String(yours)} className={classes.option}>
                    <input
                      type="radio"
                      name={conflict.path}
                      checked={keepsYours(conflict.path) === yours}
                      onChange={() => choose(conflict.path, yours)}
                    />
                    <span className={classes.optionText}>
                      <span className={classes.optionWho}>{yours ? words.yours : words.theirs}</span>
                      {valueWords(conflict, yours ? conflict.yours : conflict.theirs)}
                    </span>
                  </label>
                ))}
              </div>
            </fieldset>
          );
        })}
        <p className={dialog.hint}>{words.onlyTheirs}</p>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {actions.cancel}
          </Button>
          <Button loading={busy} onClick={() => onSave(keepsYours)}>
            {words.save}
          </Button>
        </Group>
      </div>
    </Dialog>
  );

  function valueWords(conflict: Conflict, value: string): string {
    if (conflict.field === 'variant') return value === '' ? words.removed : words.changed;
    if (conflict.field === 'status') {
      return products.statuses[value as keyof typeof products.statuses] ?? value;
    }
    return value === '' ? words.empty : value;
  }
}
