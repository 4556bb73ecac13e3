import { Combobox, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { StockLevel } from '@tradepost/contracts';
import { useState } from 'react';
import { query } from '../../api/queries.ts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './transfers.module.css';

/** As many as are offered at once; typing finds the others. */
const SHOWN = 8;

interface Props {
  /** Only what lies here is found. */
  location: string;
  /** SKUs that are chosen already. */
  chosen: readonly string[];
  onPick: (level: StockLevel) => void;
}

/** Finds items by SKU, barcode or name; Enter takes the first one and leaves the field ready for the next. */
export function ItemPicker({ location, chosen, onPick }: Props) {
  const { transfers } = useText();
  const formats = useFormats();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 150);
  const box = useCombobox({ onDropdownClose: () => box.resetSelectedOption() });
  const found = useQuery({
    ...query('listStockLevels', { query: { search, location, limit: SHOWN } }),
    placeholderData: keepPreviousData,
    enabled: search !== '',
  });
  const levels = (found.data?.items ?? []).filter(({ sku }) => !chosen.includes(sku));
  const settled = found.isSuccess && !found.isPlaceholderData && search === typed.trim();
  return (
    <Combobox
      store={box}
      withinPortal={false}
      onOptionSubmit={(sku) => {
        const level = levels.find((each) => each.sku === sku);
        if (level) onPick(level);
        setTyped('');
        box.closeDropdown();
      }}
    >
      <Combobox.Target>
        <TextInput
          label={transfers.addItem}
          placeholder={transfers.item}
          value={typed}
          maxLength={100}
          autoComplete="off"
          data-autofocus
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            box.openDropdown();
            box.selectFirstOption();
          }}
          onFocus={() => box.openDropdown()}
          onBlur={() => box.closeDropdown()}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            // A scanner ends with Enter: a whole SKU that was found is taken, whatever is marked.
            event.preventDefault();
            const exact = levels.find(({ sku }) => sku === typed.trim());
            if (exact && settled) {
              onPick(exact);
              setTyped('');
              box.closeDropdown();
            }
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={typed.trim() === '' || (!settled && levels.length === 0)}>
        <Combobox.Options className={classes.options}>
          {levels.map((level) => (
            <Combobox.Option key={level.sku} value={level.sku} disabled={level.available <= 0}>
              <span className={classes.option}>
                <span className={classes.optionName}>{level.name}</span>
                <span className="dim">{transfers.available(formats.number(level.available))}</span>
                <span className={`mono ${classes.optionSku}`}>{level.sku}</span>
              </span>
            </Combobox.Option>
          ))}
          {levels.length === 0 && <Combobox.Empty>{transfers.itemNone}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
