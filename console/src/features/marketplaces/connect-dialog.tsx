import { NativeSelect, TextInput } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import type { Platform } from '@tradepost/contracts';
import { useCall } from '../../api/queries.ts';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import { platforms } from '../../words.ts';
import { AccountDialog } from './account-dialog.tsx';

export function ConnectDialog({ onClose }: { onClose: () => void }) {
  const { marketplaces } = useText();
  const router = useRouter();
  const connect = useCall('createMarketplaceAccount', (account) => {
    onClose();
    toast(marketplaces.connected(account.name));
    void router.navigate({ to: '/marketplaces/$accountId', params: { accountId: account.id } });
  });
  return (
    <AccountDialog
      title={marketplaces.connect}
      passwordLabel={marketplaces.password}
      submit={marketplaces.connectSubmit}
      busy={connect.isPending}
      error={connect.error}
      onSubmit={(login, field) => {
        const baseUrl = field('baseUrl');
        connect.mutate({
          body: {
            name: field('name'),
            platform: field('platform') as Platform,
            ...login,
            ...(baseUrl ? { baseUrl } : {}),
          },
        });
      }}
      onClose={onClose}
      above={
        <>
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
        </>
      }
      below={
        <TextInput
          name="baseUrl"
          type="url"
          label={marketplaces.address}
          description={marketplaces.addressHint}
          placeholder="https://"
          maxLength={500}
        />
      }
    />
  );
}
