import { TextInput } from '@mantine/core';
import type { ApiKey } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';

export function RenameKeyDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { settings, keyWords, actions } = useText();
  const [name, setName] = useState(apiKey.name);
  const rename = useCall('renameApiKey', (renamed) => {
    onClose();
    toast(keyWords.renamed(renamed.name));
  });
  return (
    <Dialog title={keyWords.rename} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!rename.isPending) rename.mutate({ params: { id: apiKey.id }, body: { name: name.trim() } });
        }}
      >
        <TextInput
          label={settings.name}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={100}
          required
          withAsterisk={false}
          data-autofocus
        />
        <SubmitRow
          onCancel={onClose}
          error={rename.error}
          loading={rename.isPending}
          disabled={name.trim() === ''}
        >
          {actions.save}
        </SubmitRow>
      </form>
    </Dialog>
  );
}
