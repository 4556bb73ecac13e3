/** How the file is read and what its columns mean. Each correction is sent at once: what it does to the samples is seen. */
import { NativeSelect, NumberInput, SegmentedControl } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { Import, ImportColumn, ImportEncoding, ImportField, ImportReading } from '@tradepost/contracts';
import type { CallInput } from '../../api/endpoints.ts';
import { useCall } from '../../api/queries.ts';
import { Section } from '../../components/page.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { importFields } from '../../words.ts';
import classes from './imports.module.css';

type Change = CallInput<'mapImport'>['body'];

const encodings: Record<ImportEncoding, string> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 LE',
  'utf-16be': 'UTF-16 BE',
  'windows-1252': 'Windows-1252 (Latin-1)',
  'windows-1250': 'Windows-1250',
  'iso-8859-2': 'ISO 8859-2 (Latin-2)',
};
const separators: readonly ImportReading['separator'][] = [',', ';', '\t', '|'];
const decimals: readonly ImportReading['decimal'][] = ['.', ','];

export function Mapping({ one, mayWrite }: { one: Import; mayWrite: boolean }) {
  const { imports } = useText();
  const client = useQueryClient();
  const map = useCall('mapImport', (after) =>
    client.setQueryData(['getImport', { params: { id: one.id } }], after),
  );
  const change = (body: Change) => map.mutate({ params: { id: one.id }, body });
  const disabled = !mayWrite || map.isPending;
  const missing = one.missing.map((field) => imports.fields[field]).join(', ');
  return (
    <>
      <Section title={imports.reading}>
        <Reading one={one} disabled={disabled} onChange={(reading) => change({ reading })} />
      </Section>
      <Section title={imports.columns}>
        <p className="dim">{imports.columnsHelp}</p>
        {missing && (
          <p className={classes.warn} role="status">
            {imports.missing(missing)}
          </p>
        )}
        <ErrorNote error={map.error} />
        <ul className={classes.columns}>
          {one.columns.map((column, index) => (
            <ColumnRow
              // biome-ignore lint/suspicious/noArrayIndexKey: a column is known by its place; names may stand twice
              key={index}
              column={column}
              place={index + 1}
              fields={importFields[one.kind]}
              disabled={disabled}
              onField={(field) =>
                change({
                  columns: one.columns.map((each, at) =>
                    // A field has one column: the one that had it before is no longer read.
                    at === index ? field : each.field === field ? null : each.field,
                  ),
                })
              }
            />
          ))}
        </ul>
      </Section>
      <Section title={imports.emptyCells}>
        <SegmentedControl
          aria-label={imports.emptyCells}
          value={one.emptyCells}
          disabled={disabled}
          onChange={(value) => change({ emptyCells: value as Import['emptyCells'] })}
          data={(['keep', 'clear'] as const).map((value) => ({
            value,
            label: imports.emptyCellsWords[value],
          }))}
        />
      </Section>
    </>
  );
}

interface ReadingProps {
  one: Import;
  disabled: boolean;
  onChange: (reading: NonNullable<Change['reading']>) => void;
}

function Reading({ one, disabled, onChange }: ReadingProps) {
  const { imports } = useText();
  const { reading } = one;
  return (
    <div className={classes.reading}>
      {reading.format === 'csv' ? (
        <>
          <NativeSelect
            label={imports.encoding}
            value={reading.encoding}
            disabled={disabled}
            onChange={(event) => onChange({ encoding: event.currentTarget.value as ImportEncoding })}
            data={Object.entries(encodings).map(([value, label]) => ({ value, label }))}
          />
          <NativeSelect
            label={imports.separator}
            value={reading.separator}
            disabled={disabled}
            onChange={(event) =>
              onChange({ separator: event.currentTarget.value as ImportReading['separator'] })
            }
            data={separators.map((value) => ({ value, label: imports.separators[value] }))}
          />
        </>
      ) : (
        <NativeSelect
          label={imports.sheet}
          value={reading.sheet ?? ''}
          disabled={disabled}
          onChange={(event) => onChange({ sheet: event.currentTarget.value })}
          data={reading.sheets}
        />
      )}
      <NativeSelect
        label={imports.decimal}
        value={reading.decimal}
        disabled={disabled}
        onChange={(event) => onChange({ decimal: event.currentTarget.value as ImportReading['decimal'] })}
        data={decimals.map((value) => ({ value, label: imports.decimals[value] }))}
      />
      <NumberInput
        key={reading.headerRow}
        label={imports.headerRow}
        defaultValue={reading.headerRow}
        disabled={disabled}
        min={0}
        max={100}
        allowDecimal={false}
        allowNegative={false}
        onBlur={(event) => {
          const row = Number(event.currentTarget.value);
          if (Number.isInteger(row) && row !== reading.headerRow) onChange({ headerRow: row });
        }}
      />
    </div>
  );
}

interface ColumnProps {
  column: ImportColumn;
  /** Counted from 1. */
  place: number;
  fields: readonly ImportField[];
  disabled: boolean;
  onField: (field: ImportField | null) => void;
}

function ColumnRow({ column, place, fields, disabled, onField }: ColumnProps) {
  const { imports } = useText();
  const formats = useFormats();
  const name = column.name.trim() || imports.unnamed(formats.number(place));
  return (
    <li className={classes.column} data-unread={column.field === null || undefined}>
      <span className={classes.columnName}>{name}</span>
      <span className={classes.samples}>{column.samples.filter(Boolean).join(' · ')}</span>
      <NativeSelect
        size="xs"
        aria-label={imports.fieldFor(name)}
        value={column.field ?? ''}
        disabled={disabled}
        onChange={(event) => onField((event.currentTarget.value || null) as ImportField | null)}
        data={[
          { value: '', label: imports.notRead },
          ...fields.map((field) => ({ value: field, label: imports.fields[field] })),
        ]}
      />
    </li>
  );
}
