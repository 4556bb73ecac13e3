/**
 * Search and actions in one place, on Ctrl-K. The field keeps the focus; the arrows move through the results, which are
 * told to a screen reader as the field's active descendant. Mounted only while it is open.
 */
import { Kbd, Modal } from '@mantine/core';
import { useDebouncedValue, useMediaQuery } from '@mantine/hooks';
import { IconArrowLeft, IconSearch } from '@tabler/icons-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useText } from '../../i18n/locale.tsx';
import type { Entry } from './entries.tsx';
import classes from './palette.module.css';
import { Results } from './results.tsx';
import { type Choice, useResults } from './use-results.ts';

/** How long the typing must pause before the server is asked. */
const PAUSE_MS = 150;

interface Props {
  onClose: () => void;
  onHelp: () => void;
  /** What needs a dialog of its own, after the palette has gone. */
  onChoice: (choice: Choice) => void;
}

export function Palette({ onClose, onHelp, onChoice }: Props) {
  const { palette, actions } = useText();
  const narrow = useMediaQuery('(max-width: 767px)', undefined, { getInitialValueInEffect: false });
  const [choosingItem, setChoosingItem] = useState(false);
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), PAUSE_MS);
  const [activeId, setActiveId] = useState<string | null>(null);
  const list = useRef<HTMLDivElement>(null);

  function chooseItem(on: boolean): void {
    setChoosingItem(on);
    setTyped('');
    setActiveId(null);
  }
  const results = useResults(typed.trim(), search, choosingItem, {
    chooseItem: () => chooseItem(true),
    connect: () => onChoice({ kind: 'connect' }),
    adjust: (level) => onChoice({ kind: 'adjust', level }),
    openHelp: onHelp,
  });
  const { entries } = results;
  // Results that come in later must not move the choice away from what the eye is on.
  const active = entries.find(({ id }) => id === activeId) ?? entries[0];

  useEffect(() => {
    if (active) list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  function run(entry: Entry): void {
    // This one only turns the page of the palette.
    if (entry.id !== 'action adjust') onClose();
    entry.run();
  }

  function move(step: number): void {
    if (active === undefined) return;
    const at = entries.indexOf(active) + step;
    setActiveId(entries[(at + entries.length) % entries.length]!.id);
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>): void {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Enter' && active) run(active);
    else if (choosingItem && (event.key === 'Escape' || (event.key === 'Backspace' && typed === '')))
      chooseItem(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      closeOnEscape={!choosingItem}
      fullScreen={narrow}
      centered={false}
      yOffset="12vh"
      size={640}
      padding={0}
      classNames={{ body: classes.body!, content: classes.content! }}
      aria-label={palette.title}
    >
      <div className={classes.field}>
        {choosingItem || narrow ? (
          <button
            type="button"
            className={classes.back}
            onClick={() => (choosingItem ? chooseItem(false) : onClose())}
            aria-label={choosingItem ? actions.back : actions.close}
          >
            <IconArrowLeft size={18} aria-hidden />
          </button>
        ) : (
          <IconSearch size={18} aria-hidden className={classes.searchIcon} />
        )}
        <input
          className={classes.input}
          role="combobox"
          aria-expanded
          aria-controls="palette-results"
          aria-activedescendant={active && optionId(active)}
          aria-autocomplete="list"
          aria-label={choosingItem ? palette.adjustWhich : palette.title}
          placeholder={choosingItem ? palette.adjustWhich : palette.placeholder}
          value={typed}
          maxLength={100}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setActiveId(null);
          }}
          onKeyDown={onKeyDown}
          data-autofocus
        />
        <span className={classes.busy} data-on={results.searching || undefined} aria-hidden />
      </div>
      <div className={classes.found} ref={list}>
        <Results
          results={results}
          typed={typed.trim()}
          active={active}
          optionId={optionId}
          onPoint={setActiveId}
          onRun={run}
        />
      </div>
      {!narrow && (
        <p className={classes.legend} aria-hidden>
          <Kbd>↑</Kbd>
          <Kbd>↓</Kbd> {palette.move} <Kbd>↵</Kbd> {palette.choose} <Kbd>Esc</Kbd> {palette.leave}
        </p>
      )}
    </Modal>
  );
}

function optionId(entry: Entry): string {
  return `palette ${entry.id}`.replaceAll(/[^\w-]+/g, '-');
}
