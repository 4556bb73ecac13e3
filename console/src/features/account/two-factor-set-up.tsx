import { Button, Group, TextInput } from '@mantine/core';
import { IconCheck, IconCopy, IconDownload } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import type { TwoFactorSetup } from '@tradepost/contracts';
import { QRCodeSVG } from 'qrcode.react';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import { copyText } from '../../components/copy-text.ts';
import dialog from '../../components/dialog.module.css';
import { Copyable } from '../../components/figures.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';
import { sessionQuery } from '../session/session.ts';
import classes from './account.module.css';

/** The secret for the app and a first code of it; once that is right, the recovery codes to keep. */
export function SetUp({ setup, onClose }: { setup: TwoFactorSetup; onClose: () => void }) {
  const { account } = useText();
  const client = useQueryClient();
  const [code, setCode] = useState('');
  const confirm = useCall('confirmTwoFactor', (session) => {
    client.setQueryData(sessionQuery.queryKey, session);
    void client.invalidateQueries({ queryKey: ['getAccount'] });
    void client.invalidateQueries({ queryKey: ['listSessions'] });
    toast(account.turnedOn);
  });
  if (confirm.isSuccess) return <RecoveryCodes codes={setup.recoveryCodes} onClose={onClose} />;
  return (
    <form
      className={dialog.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (code.length === 6 && !confirm.isPending) confirm.mutate({ body: { code } });
      }}
    >
      <div className={classes.setUp}>
        <div className={classes.qr}>
          <QRCodeSVG value={setup.uri} size={168} title={account.qrLabel} />
        </div>
        <div className={dialog.form}>
          <p>{account.scan}</p>
          <p className={dialog.hint}>
            {account.byHand} <Copyable value={setup.secret} wrap />
          </p>
        </div>
      </div>
      <TextInput
        className={classes.code}
        label={account.code}
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        onChange={(event) => setCode(event.currentTarget.value.replace(/\D/g, '').slice(0, 6))}
        required
        withAsterisk={false}
        data-autofocus
      />
      <SubmitRow
        onCancel={onClose}
        error={confirm.error}
        loading={confirm.isPending}
        disabled={code.length !== 6}
      >
        {account.confirm}
      </SubmitRow>
    </form>
  );
}

function RecoveryCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const { account, actions } = useText();
  const [copied, setCopied] = useState(false);
  const CopyIcon = copied ? IconCheck : IconCopy;
  const all = `${codes.join('\n')}\n`;
  return (
    <div className={dialog.form}>
      <h3>{account.recovery}</h3>
      <p>{account.recoveryLead}</p>
      <ul className={classes.codes}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Group justify="space-between">
        <Group gap="sm">
          <Button
            variant="default"
            leftSection={<CopyIcon size={14} aria-hidden />}
            onClick={() => void copyText(all).then(() => setCopied(true))}
          >
            {copied ? actions.copied : account.copyCodes}
          </Button>
          <Button
            variant="default"
            leftSection={<IconDownload size={14} aria-hidden />}
            onClick={() => download(all, account.codesFile)}
          >
            {account.downloadCodes}
          </Button>
        </Group>
        <Button onClick={onClose}>{account.codesKept}</Button>
      </Group>
    </div>
  );
}

function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
