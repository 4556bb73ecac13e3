/** How a table looks to this person: how close its rows stand, which columns it has and in what order. */
import { ActionIcon, Button, Checkbox, Popover, SegmentedControl, Tooltip } from '@mantine/core';
import { IconAdjustmentsHorizontal, IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useText } from '../i18n/locale.tsx';
import { useKept } from '../preferences/kept.ts';
import { type Density, densities, densityKept } from '../preferences/preferences.ts';
import classes from './table-menu.module.css';
import type { Columns } from './use-columns.ts';

export function TableMenu<T>({ columns }: { columns: Columns<T> }) {
  const { table } = useText();
  const [density, setDensity] = useKept(densityKept);
  return (
    <Popover position="bottom-end" width={272} shadow="md" trapFocus>
      <Popover.Target>
        <Tooltip label={table.look}>
          <ActionIcon aria-label={table.look} size={24}>
            <IconAdjustmentsHorizontal size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown className={classes.menu} aria-label={table.look}>
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={table.density}
          value={density}
          onChange={(value) => setDensity(value as Density)}
          data={densities.map((value) => ({ value, label: table.densities[value] }))}
        />
        <fieldset className={classes.columns}>
          <legend className={classes.legend}>{table.columns}</legend>
          {columns.choices.map(({ column, hidden }, index) => (
            <div key={column.key} className={classes.column}>
              <Checkbox
                size="xs"
                label={column.header}
                checked={!hidden}
                onChange={() => columns.toggle(column.key)}
                className={classes.check}
              />
              <ActionIcon
                size={24}
                className={classes.step}
                aria-label={table.earlier(column.header)}
                disabled={index === 0}
                onClick={() => columns.move(column.key, -1)}
              >
                <IconArrowUp size={14} aria-hidden />
              </ActionIcon>
              <ActionIcon
                size={24}
                className={classes.step}
                aria-label={table.later(column.header)}
                disabled={index === columns.choices.length - 1}
                onClick={() => columns.move(column.key, 1)}
              >
                <IconArrowDown size={14} aria-hidden />
              </ActionIcon>
            </div>
          ))}
        </fieldset>
        <p className={classes.hint}>{table.columnsHint}</p>
        {columns.chosen && (
          <Button variant="subtle" size="compact-xs" onClick={columns.reset}>
            {table.reset}
          </Button>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
