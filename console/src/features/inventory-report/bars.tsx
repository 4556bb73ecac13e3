import classes from './report.module.css';

interface Bar {
  key: string;
  name: string;
  /** What its length stands for, from zero. */
  amount: number;
  /** The exact figure. */
  words: string;
  note: string;
}

/** Bars that are a table: each has its name and its figure beside it, to be read and copied. */
export function Bars({ label, rows }: { label: string; rows: readonly Bar[] }) {
  const most = Math.max(1, ...rows.map(({ amount }) => amount));
  return (
    <table className={classes.bars} aria-label={label}>
      <tbody>
        {rows.map(({ key, name, amount, words, note }) => (
          <tr key={key}>
            <th scope="row">{name}</th>
            <td className={classes.track}>
              <span
                className={classes.bar}
                style={{ width: `${(100 * Math.max(0, amount)) / most}%` }}
                aria-hidden
              />
            </td>
            <td className={classes.barFigure}>{words}</td>
            <td className={classes.barNote}>{note}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
