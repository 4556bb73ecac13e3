/** What sells, and how evenly: nine classes, each leading to its best sellers. */
import { Link } from '@tanstack/react-router';
import type { StockSales } from '@tradepost/contracts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { Panel } from './panel.tsx';
import classes from './report.module.css';

const abc = ['A', 'B', 'C'] as const;
const xyz = ['X', 'Y', 'Z'] as const;

export function Classes({ sales, among }: { sales: StockSales; among: string | undefined }) {
  const { report } = useText();
  if (sales.classes.length === 0) {
    return (
      <Panel title={report.classes} help={report.classesHelp}>
        <p className={classes.below}>{report.noSales}</p>
      </Panel>
    );
  }
  return (
    <Panel title={report.classes} help={report.classesHelp}>
      <table className={classes.matrix} aria-label={report.classes}>
        <thead>
          <tr>
            <td />
            {xyz.map((each) => (
              <th key={each} scope="col">
                {report.xyzWords[each]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {abc.map((row) => (
            <tr key={row}>
              <th scope="row">{report.abcWords[row]}</th>
              {xyz.map((column) => (
                <td key={column}>
                  <ClassCell
                    name={`${row}${column}`}
                    found={sales.classes.find((each) => each.abc === row && each.xyz === column)}
                    chosen={among === `${row}${column}`}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

interface CellProps {
  name: string;
  found: StockSales['classes'][number] | undefined;
  chosen: boolean;
}

function ClassCell({ name, found, chosen }: CellProps) {
  const { report } = useText();
  const formats = useFormats();
  if (found === undefined || found.skus === 0) return <span className={classes.noClass}>{name}</span>;
  return (
    <Link
      to="/report"
      search={(before) => ({ ...before, class: chosen ? undefined : name })}
      className={classes.class}
      // Shares below a tenth look alike: what matters stands out.
      style={{ '--share': `${Math.round(100 * found.share)}%` } as React.CSSProperties}
      aria-current={chosen || undefined}
      replace
      resetScroll={false}
    >
      <span className={classes.className}>{name}</span>
      <span>{report.skus(found.skus)}</span>
      <span className={classes.classShare}>{report.share(formats.percent(found.share))}</span>
    </Link>
  );
}
