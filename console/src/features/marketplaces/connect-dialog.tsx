import { Button, Group, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import type { Platform } from '@tradepost/contracts';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import { platforms } from '../../words.ts';

export function ConnectDialog({ onClose }: { onClose: () => void }) {
  const { marketplaces, actions } = useText();
  const router = useRouter();
  const connect = useCall('createMarketplaceAccount', (account) => {
    onClose();
    toast(marketplaces.connected(account.name));
    void router.navigate({ to: '/marketplaces/$accountId', params: { accountId: account.id } });
  });
  return (
    <Dialog title={marketplaces.connect} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const field = (name: string) => String(form.get(name) ?? '').trim();
          const baseUrl = field('baseUrl');
          connect.mutate({
            body: {
              name: field('name'),
              platform: field('platform') as Platform,
              username: field('username'),
              // A password is taken as typed: spaces at its ends may belong to it.
              password: String(form.get('password')),
              ...(baseUrl ? { baseUrl } : {}),
            },
          });
        }}
      >
        <p className={classes.hint}>{marketplaces.connectHelp}</p>
        <NativeSelect
          name="platform"
          label={marketplaces.platform}
          data={platforms.map((value) => ({ value, label: marketplaces.platforms[value] }))}
        />
        <TextInput
          name="name"
          label={marketplaces.name}
          placeholder={marketplaces.nameExample}
          maxLength={100}
          required
          withAsterisk={false}
          data-autofocus
        />
        <TextInput
          name="username"
          label={marketplaces.username}
          autoComplete="off"
          maxLength={200}
          required
          withAsterisk={false}
        />
        <PasswordInput
          name="password"
          label={marketplaces.password}
          autoComplete="new-password"
          maxLength={500}
          required
          withAsterisk={false}
        />
        <TextInput
          name="baseUrl"
          type="url"
          label={marketplaces.address}
          description={marketplaces.addressHint}
          placeholder="https://"
          maxLength={500}
        />
        <ErrorNote error={connect.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {actions.cancel}
          </Button>
          <Button type="submit" loading={connect.isPending}>
            {marketplaces.connectSubmit}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
