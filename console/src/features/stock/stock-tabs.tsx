import { Link, useParams } from '@tanstack/react-router';
import { Tabs } from '../../components/tabs.tsx';
import { useText } from '../../i18n/locale.tsx';
import { useCan } from '../session/session.ts';

/** The parts of the stock. */
export function StockTabs() {
  const { stock, transfers, counts, alerts, report, imports, proof } = useText();
  const mayImport = useCan('imports.read');
  // An open detail belongs to the list beside it.
  const { sku, transferId } = useParams({ strict: false });
  return (
    <Tabs label={stock.title}>
      <Link
        to="/stock"
        activeOptions={{ exact: true, includeSearch: false }}
        data-status={sku ? 'active' : undefined}
      >
        {stock.items}
      </Link>
      <Link
        to="/transfers"
        activeOptions={{ exact: true, includeSearch: false }}
        data-status={transferId ? 'active' : undefined}
      >
        {transfers.title}
      </Link>
      <Link to="/counts" activeOptions={{ includeSearch: false }}>
        {counts.title}
      </Link>
      <Link to="/alerts" activeOptions={{ includeSearch: false }}>
        {alerts.title}
      </Link>
      <Link to="/report" activeOptions={{ includeSearch: false }}>
        {report.title}
      </Link>
      {mayImport && (
        <Link to="/imports" activeOptions={{ includeSearch: false }}>
          {imports.title}
        </Link>
      )}
      <Link to="/proof" activeOptions={{ includeSearch: false }}>
        {proof.title}
      </Link>
    </Tabs>
  );
}
