import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../components/page.tsx';
import { useText } from '../../i18n/locale.tsx';
import { StockTabs } from '../stock/stock-tabs.tsx';
import { Ledger } from './ledger.tsx';
import classes from './proof.module.css';
import { StockProof } from './stock-proof.tsx';

export const Route = createLazyRoute('/frame/proof')({ component: ProofPage });

function ProofPage() {
  const { stock, proof } = useText();
  const { run } = Route.useSearch();
  return (
    <Page title={stock.title} toolbar={<StockTabs />}>
      <div className={classes.page}>
        <h2 className="visually-hidden">{proof.heading}</h2>
        <StockProof chosen={run} />
        <Ledger />
      </div>
    </Page>
  );
}
