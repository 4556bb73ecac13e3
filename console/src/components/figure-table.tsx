/** A few rows with several figures each, where a list's cards would hide all but one of them. A plain table. */
import type { ReactNode } from 'react';
import classes from './figure-table.module.css';
import { Figure } from './figures.tsx';

interface Row<K extends string> {
  key: string;
  /** What the row is, mostly a link. */
  name: ReactNode;
  /** Below it, dim. */
  note?: ReactNode;
  figures: Record<K, number>;
  /** The one whose detail is shown. */
  selected?: boolean;
}

interface Props<K extends string> {
  label: string;
  /** Header of the names. */
  name: string;
  /** Headers of the figures, in their order. */
  headers: readonly (readonly [K, string])[];
  rows: readonly Row<K>[];
}

export function FigureTable<K extends string>({ label, name, headers, rows }: Props<K>) {
  return (
    <div className={classes.card}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{name}</th>
            {headers.map(([key, header]) => (
              <th key={key} scope="col">
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} data-selected={row.selected || undefined}>
              <th scope="row">
                {row.name}
                {row.note && <span className={classes.note}>{row.note}</span>}
              </th>
              {headers.map(([key]) => (
                <td key={key} data-zero={row.figures[key] === 0 || undefined}>
                  <Figure value={row.figures[key]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
