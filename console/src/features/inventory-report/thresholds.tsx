import { Button, Group, NumberInput, Popover } from '@mantine/core';
import { IconAdjustments } from '@tabler/icons-react';
import { useState } from 'react';
import { numberIn, type TypedNumber } from '../../components/typed-number.ts';
import { useText } from '../../i18n/locale.tsx';
import type { ReportFilters } from '../../routes/stock.ts';
import classes from './report.module.css';

type Name = 'abcA' | 'abcB' | 'xyzX' | 'xyzY' | 'deadDays';

/** As the server has them when none are given. */
const usual: Record<Name, number> = { abcA: 80, abcB: 95, xyzX: 0.5, xyzY: 1, deadDays: 90 };
const names = Object.keys(usual) as Name[];
const limits: Record<Name, { min: number; max: number; step: number }> = {
  abcA: { min: 1, max: 100, step: 1 },
  abcB: { min: 1, max: 100, step: 1 },
  xyzX: { min: 0, max: 100, step: 0.1 },
  xyzY: { min: 0, max: 100, step: 0.1 },
  deadDays: { min: 1, max: 730, step: 1 },
};

interface Props {
  filters: ReportFilters;
  onChange: (change: { [K in Name]?: number | undefined }) => void;
}

/** From where on an item is of a class, or dead. */
export function Thresholds({ filters, onChange }: Props) {
  const { report, products } = useText();
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState<Partial<Record<Name, TypedNumber>>>({});
  const shownOf = (name: Name) => typed[name] ?? filters[name] ?? usual[name];
  const ready =
    names.every((name) => numberIn(shownOf(name)) !== null) &&
    Number(shownOf('abcA')) <= Number(shownOf('abcB')) &&
    Number(shownOf('xyzX')) <= Number(shownOf('xyzY'));
  const changed = names.some((name) => filters[name] !== undefined && filters[name] !== usual[name]);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus>
      <Popover.Target>
        <Button
          variant={changed ? 'light' : 'default'}
          leftSection={<IconAdjustments size={14} aria-hidden />}
          onClick={() => {
            setTyped({});
            setOpened(!opened);
          }}
        >
          {report.thresholds}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          className={classes.thresholds}
          onSubmit={(event) => {
            event.preventDefault();
            if (!ready) return;
            setOpened(false);
            onChange(
              Object.fromEntries(
                names.map((name) => {
                  const value = Number(shownOf(name));
                  return [name, value === usual[name] ? undefined : value];
                }),
              ),
            );
          }}
        >
          {names.map((name) => (
            <NumberInput
              key={name}
              size="xs"
              label={report[name]}
              value={shownOf(name)}
              onChange={(value) => setTyped((before) => ({ ...before, [name]: value }))}
              {...limits[name]}
            />
          ))}
          <Group justify="space-between" className={classes.wide}>
            <Button
              variant="subtle"
              onClick={() => {
                setOpened(false);
                onChange(Object.fromEntries(names.map((name) => [name, undefined])));
              }}
            >
              {report.resetThresholds}
            </Button>
            <Button type="submit" disabled={!ready}>
              {products.apply}
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
