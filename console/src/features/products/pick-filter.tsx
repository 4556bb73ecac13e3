/** Filters of the product list: one of many, found by typing; and a range of prices. */
import { Button, Combobox, NumberInput, Popover, useCombobox } from '@mantine/core';
import { IconChevronDown, IconX } from '@tabler/icons-react';
import { decimalsOf, toMajor, toMinor } from '@tradepost/contracts/money';
import { useState } from 'react';
import filters from '../../components/filters.module.css';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './products.module.css';

interface PickProps {
  label: string;
  options: readonly { value: string; label: string }[];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** As many as are shown at once; typing finds the others. */
const SHOWN = 50;

/** Like a filter menu, for more options than a menu can hold. */
export function PickFilter({ label, options, value, onChange }: PickProps) {
  const { actions, products } = useText();
  const [typed, setTyped] = useState('');
  const box = useCombobox({
    onDropdownOpen: () => box.focusSearchInput(),
    onDropdownClose: () => {
      box.resetSelectedOption();
      setTyped('');
    },
  });
  const chosen =
    value === undefined ? undefined : (options.find((option) => option.value === value)?.label ?? value);
  const wanted = typed.trim().toLowerCase();
  const found = options.filter((option) => option.label.toLowerCase().includes(wanted)).slice(0, SHOWN);
  return (
    <span className={filters.filter} data-on={chosen ? true : undefined}>
      <Combobox
        store={box}
        width={260}
        position="bottom-start"
        onOptionSubmit={(option) => {
          onChange(option);
          box.closeDropdown();
        }}
      >
        <Combobox.Target withAriaAttributes={false}>
          <Button
            variant="default"
            className={filters.button}
            aria-haspopup="listbox"
            aria-expanded={box.dropdownOpened}
            rightSection={chosen ? null : <IconChevronDown size={14} aria-hidden />}
            onClick={() => box.toggleDropdown()}
          >
            {chosen ? (
              <>
                <span className={filters.name}>{label}</span> {chosen}
              </>
            ) : (
              label
            )}
          </Button>
        </Combobox.Target>
        <Combobox.Dropdown>
          <Combobox.Search
            aria-label={label}
            placeholder={products.find}
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              box.updateSelectedOptionIndex();
            }}
          />
          <Combobox.Options className={classes.options} aria-label={label}>
            {found.map((option) => (
              <Combobox.Option key={option.value} value={option.value}>
                {option.label}
              </Combobox.Option>
            ))}
            {found.length === 0 && <Combobox.Empty>{products.nothingFound}</Combobox.Empty>}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
      {chosen && (
        <button
          type="button"
          className={filters.remove}
          aria-label={actions.remove(`${label} ${chosen}`)}
          onClick={() => onChange(undefined)}
        >
          <IconX size={14} aria-hidden />
        </button>
      )}
    </span>
  );
}

interface PriceProps {
  currency: string;
  /** In minor units. */
  min: number | undefined;
  max: number | undefined;
  onChange: (min: number | undefined, max: number | undefined) => void;
}

export function PriceFilter({ currency, min, max, onChange }: PriceProps) {
  const { actions, products } = useText();
  const formats = useFormats();
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState<Record<'min' | 'max', number | ''>>({ min: '', max: '' });
  const on = min !== undefined || max !== undefined;
  const money = (minor: number) => formats.money(minor, currency);
  const chosen =
    min !== undefined && max !== undefined
      ? products.priceBetween(money(min), money(max))
      : min !== undefined
        ? products.priceAbove(money(min))
        : max !== undefined
          ? products.priceBelow(money(max))
          : undefined;
  const minorOf = (typed: number | '') => (typed === '' ? undefined : toMinor(typed, currency));
  return (
    <span className={filters.filter} data-on={on || undefined}>
      <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus>
        <Popover.Target>
          <Button
            variant="default"
            className={filters.button}
            rightSection={on ? null : <IconChevronDown size={14} aria-hidden />}
            onClick={() => {
              setTyped({ min: edge(min, currency), max: edge(max, currency) });
              setOpened(!opened);
            }}
          >
            {chosen ? (
              <>
                <span className={filters.name}>{products.price}</span> {chosen}
              </>
            ) : (
              products.price
            )}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <form
            className={classes.range}
            onSubmit={(event) => {
              event.preventDefault();
              setOpened(false);
              onChange(minorOf(typed.min), minorOf(typed.max));
            }}
          >
            {(['min', 'max'] as const).map((name) => (
              <NumberInput
                key={name}
                label={name === 'min' ? products.priceFrom : products.priceTo}
                suffix={` ${currency}`}
                min={0}
                decimalScale={decimalsOf(currency)}
                decimalSeparator={formats.decimalSign}
                allowedDecimalSeparators={['.', ',']}
                hideControls
                value={typed[name]}
                onChange={(value) => setTyped({ ...typed, [name]: typeof value === 'number' ? value : '' })}
              />
            ))}
            <Button type="submit">{products.apply}</Button>
          </form>
        </Popover.Dropdown>
      </Popover>
      {chosen && (
        <button
          type="button"
          className={filters.remove}
          aria-label={actions.remove(`${products.price} ${chosen}`)}
          onClick={() => onChange(undefined, undefined)}
        >
          <IconX size={14} aria-hidden />
        </button>
      )}
    </span>
  );
}

function edge(minor: number | undefined, currency: string): number | '' {
  return minor === undefined ? '' : toMajor(minor, currency);
}
