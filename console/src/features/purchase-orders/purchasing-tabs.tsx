import { Link, useParams } from '@tanstack/react-router';
import { Tabs } from '../../components/tabs.tsx';
import { useText } from '../../i18n/locale.tsx';

/** The parts of purchasing. */
export function PurchasingTabs() {
  const { nav, purchasing, purchaseOrders, suppliers } = useText();
  // An open plan belongs to the list beside it.
  const { variantId } = useParams({ strict: false });
  return (
    <Tabs label={nav.purchasing}>
      <Link
        to="/purchasing"
        activeOptions={{ exact: true, includeSearch: false }}
        data-status={variantId ? 'active' : undefined}
      >
        {purchasing.toOrder}
      </Link>
      <Link to="/purchasing/orders" activeOptions={{ includeSearch: false }}>
        {purchaseOrders.title}
      </Link>
      <Link to="/purchasing/suppliers" activeOptions={{ includeSearch: false }}>
        {suppliers.title}
      </Link>
    </Tabs>
  );
}
