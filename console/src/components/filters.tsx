/** Filters: a search field, menus to choose from, and a removable chip for each one in force. They live in the URL. */
import { Button, Menu, TextInput } from '@mantine/core';
import { IconChevronDown, IconSearch, IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useText } from '../i18n/locale.tsx';
import classes from './filters.module.css';

interface SearchProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** Reports what was typed once the typing pauses. `/` focuses it. */
export function SearchField({ label, value, onChange }: SearchProps) {
  const text = useText();
  const [typed, setTyped] = useState(value);
  // A change from outside, such as "back" or a removed chip, wins over what stands in the field.
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onChange(typed.trim()), 250);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <TextInput
      className={classes.search}
      type="search"
      size="xs"
      aria-label={label}
      placeholder={label}
      maxLength={100}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        if (typed) setTyped('');
        else event.currentTarget.blur();
      }}
      leftSection={<IconSearch size={14} aria-hidden />}
      rightSection={
        typed ? (
          <button
            type="button"
            className={classes.clear}
            aria-label={text.actions.clear}
            onClick={() => setTyped('')}
          >
            <IconX size={14} aria-hidden />
          </button>
        ) : null
      }
      data-search
    />
  );
}

interface MenuProps<V extends string> {
  label: string;
  options: readonly { value: V; label: string }[];
  value: V | undefined;
  onChange: (value: V | undefined) => void;
}

/** One filter: a button while it is off, a removable chip that names its value while it is on. */
export function FilterMenu<V extends string>({ label, options, value, onChange }: MenuProps<V>) {
  const text = useText();
  const chosen =
    value === undefined ? undefined : (options.find((option) => option.value === value)?.label ?? value);
  return (
    <span className={classes.filter} data-on={chosen ? true : undefined}>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button
            variant="default"
            className={classes.button}
            rightSection={chosen ? null : <IconChevronDown size={14} aria-hidden />}
          >
            {chosen ? (
              <>
                <span className={classes.name}>{label}</span> {chosen}
              </>
            ) : (
              label
            )}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {options.map((option) => (
            <Menu.Item key={option.value} onClick={() => onChange(option.value)}>
              {option.label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {chosen && (
        <button
          type="button"
          className={classes.remove}
          aria-label={text.actions.remove(`${label} ${chosen}`)}
          onClick={() => onChange(undefined)}
        >
          <IconX size={14} aria-hidden />
        </button>
      )}
    </span>
  );
}
