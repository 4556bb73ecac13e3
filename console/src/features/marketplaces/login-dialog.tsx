import { Button, Group, PasswordInput, TextInput } from '@mantine/core';
import type { MarketplaceAccount } from '@tradepost/contracts';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';

/** A new username and password for an account whose login has changed at the marketplace. */
export function LoginDialog({ account, onClose }: { account: MarketplaceAccount; onClose: () => void }) {
  const { marketplaces, actions } = useText();
  const change = useCall('updateMarketplaceAccount', () => {
    onClose();
    toast(marketplaces.loginChanged);
  });
  return (
    <Dialog title={`${marketplaces.changeLogin} · ${account.name}`} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          change.mutate({
            params: { id: account.id },
            body: { username: String(form.get('username')).trim(), password: String(form.get('password')) },
          });
        }}
      >
        <p className={classes.hint}>{marketplaces.connectHelp}</p>
        <TextInput
          name="username"
          label={marketplaces.username}
          defaultValue={account.username}
          autoComplete="off"
          maxLength={200}
          required
          withAsterisk={false}
        />
        <PasswordInput
          name="password"
          label={marketplaces.newPassword}
          autoComplete="new-password"
          maxLength={500}
          required
          withAsterisk={false}
          data-autofocus
        />
        <ErrorNote error={change.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {actions.cancel}
          </Button>
          <Button type="submit" loading={change.isPending}>
            {actions.save}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
