/** The rows of a dry run: what each would change, before and after; what is wrong, where and why. */
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Import, ImportField, ImportRow, RowOutcome } from '@tradepost/contracts';
import { useState } from 'react';
import { list } from '../../api/queries.ts';
import { ErrorState, Lines } from '../../components/states.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { rowOutcomes } from '../../words.ts';
import classes from './imports.module.css';

export function Review({ one }: { one: Import }) {
  const { imports, actions } = useText();
  const formats = useFormats();
  const { counts } = one;
  const [chosen, setChosen] = useState<RowOutcome | null>(null);
  const [leftOnly, setLeftOnly] = useState(false);
  const outcome = chosen ?? rowOutcomes.find((each) => counts && counts[each] > 0) ?? 'new';
  const left = one.status === 'undone' ? 'left' : one.status === 'applied' ? 'skipped' : null;
  const leftRows = one.status === 'undone' ? (one.undone?.left ?? 0) : (one.applied?.skipped ?? 0);
  const asked = leftOnly && left !== null ? ({ result: left } as const) : { outcome };
  const rows = useInfiniteQuery(list('listImportRows', { params: { id: one.id }, query: asked }));
  const items = rows.data?.pages.flatMap((page) => page.items);
  if (counts === null) return null;
  return (
    <section className={classes.review} aria-label={imports.result}>
      {/* biome-ignore lint/a11y/useSemanticElements: no form, so no fieldset */}
      <div role="group" aria-label={imports.result} className={classes.outcomes}>
        {rowOutcomes.map((each) => (
          <button
            key={each}
            type="button"
            className={classes.outcomeTab}
            data-tone={each === 'wrong' && counts.wrong > 0 ? 'bad' : undefined}
            aria-pressed={!leftOnly && each === outcome}
            onClick={() => {
              setLeftOnly(false);
              setChosen(each);
            }}
          >
            {imports.outcomes[each]} <span className="num">{formats.number(counts[each])}</span>
          </button>
        ))}
        {left && leftRows > 0 && (
          <button
            type="button"
            className={classes.outcomeTab}
            data-tone="bad"
            aria-pressed={leftOnly}
            onClick={() => setLeftOnly(true)}
          >
            {imports.results[left]} <span className="num">{formats.number(leftRows)}</span>
          </button>
        )}
      </div>
      {items === undefined ? (
        rows.error ? (
          <ErrorState error={rows.error} onRetry={() => void rows.refetch()} />
        ) : (
          <Lines count={6} />
        )
      ) : items.length === 0 ? (
        <p className={classes.none}>{imports.nothingIn[outcome]}</p>
      ) : (
        <table className={classes.rows}>
          <thead>
            <tr>
              <th className={classes.rowNumber}>{imports.row}</th>
              <th>{imports.what}</th>
              <th>{imports.change}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((row) => (
              <Row key={row.row} row={row} />
            ))}
          </tbody>
        </table>
      )}
      {rows.hasNextPage && (
        <div className={classes.more}>
          <Button
            variant="default"
            loading={rows.isFetchingNextPage}
            onClick={() => void rows.fetchNextPage()}
          >
            {actions.more}
          </Button>
        </div>
      )}
    </section>
  );
}

function Row({ row }: { row: ImportRow }) {
  const { imports } = useText();
  const formats = useFormats();
  return (
    <tr>
      <td className={classes.rowNumber}>{formats.number(row.row)}</td>
      <td className={classes.rowKey}>
        <span className="mono">{row.key ?? ''}</span>
        {row.location && <span className="dim"> {row.location}</span>}
      </td>
      <td>
        <RowWords row={row} />
        {row.note && (
          <p className={classes.note} lang="en">
            {row.note}
          </p>
        )}
        {(row.result === 'skipped' || row.result === 'left') && (
          <span className={classes.left}>{imports.results[row.result]}</span>
        )}
      </td>
    </tr>
  );
}

function RowWords({ row }: { row: ImportRow }) {
  const { imports } = useText();
  if (row.outcome === 'wrong') {
    return (
      <ul className={classes.values}>
        {row.issues.map((issue) => (
          <li key={`${issue.column} ${issue.message}`}>
            <span className="dim">{issue.column ?? imports.wholeRow}</span>{' '}
            {issue.value !== null && <b className={classes.before}>{issue.value || imports.emptyValue}</b>}{' '}
            <span className={classes.issue} lang="en">
              {issue.message}
            </span>
          </li>
        ))}
      </ul>
    );
  }
  if (row.outcome === 'changed') {
    return (
      <ul className={classes.values}>
        {row.changes.map(({ field, before, after }) => (
          <li key={field}>
            <span className="dim">{imports.fields[field]}</span>{' '}
            <del className={classes.before}>
              <Value field={field} value={before} />
            </del>{' '}
            <span aria-hidden>→</span> <span className="visually-hidden">{imports.becomes}</span>{' '}
            <ins className={classes.after}>
              <Value field={field} value={after} />
            </ins>
          </li>
        ))}
      </ul>
    );
  }
  const said = Object.entries(row.values) as [ImportField, ImportRow['changes'][number]['after']][];
  return (
    <ul className={classes.values}>
      {said
        .filter(([field, value]) => value !== null && field !== 'sku' && field !== 'location')
        .map(([field, value]) => (
          <li key={field}>
            <span className="dim">{imports.fields[field]}</span> <Value field={field} value={value} />
          </li>
        ))}
    </ul>
  );
}

/** Money is told as text, exact to the last digit; here it is read, so it is written as the language does. */
const money: readonly ImportField[] = ['price', 'cost'];

interface ValueProps {
  field: ImportField;
  value: ImportRow['changes'][number]['after'];
}

function Value({ field, value }: ValueProps) {
  const { imports } = useText();
  const formats = useFormats();
  if (value === null || value === '') return <span className="dim">{imports.emptyValue}</span>;
  if (typeof value === 'number') return formats.number(value);
  if (typeof value === 'string')
    return money.includes(field) && value.trim() !== '' && Number.isFinite(Number(value))
      ? formats.number(Number(value))
      : value;
  return Object.entries(value)
    .map(([name, each]) => `${name}: ${each}`)
    .join(', ');
}
