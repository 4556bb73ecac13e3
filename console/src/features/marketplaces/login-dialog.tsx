import type { MarketplaceAccount } from '@tradepost/contracts';
import { useCall } from '../../api/queries.ts';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import { AccountDialog } from './account-dialog.tsx';

/** A new username and password for an account whose login has changed at the marketplace. */
export function LoginDialog({ account, onClose }: { account: MarketplaceAccount; onClose: () => void }) {
  const { marketplaces, actions } = useText();
  const change = useCall('updateMarketplaceAccount', () => {
    onClose();
    toast(marketplaces.loginChanged);
  });
  return (
    <AccountDialog
      title={`${marketplaces.changeLogin} · ${account.name}`}
      username={account.username}
      passwordLabel={marketplaces.newPassword}
      submit={actions.save}
      busy={change.isPending}
      error={change.error}
      onSubmit={(login) => change.mutate({ params: { id: account.id }, body: login })}
      onClose={onClose}
    />
  );
}
