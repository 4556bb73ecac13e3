/** A link that is shown only now, with the way to copy it. */
import { Button, Group } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { copyText } from '../../components/copy-text.ts';
import dialog from '../../components/dialog.module.css';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './people.module.css';

interface Props {
  lead: string;
  url: string;
  expiresAt: string;
  onDone: () => void;
}

export function LinkOnce({ lead, url, expiresAt, onDone }: Props) {
  const { people, actions } = useText();
  const formats = useFormats();
  const [copied, setCopied] = useState(false);
  const Icon = copied ? IconCheck : IconCopy;
  return (
    <div className={dialog.form}>
      <p>{lead}</p>
      <p className={classes.link}>{url}</p>
      <p className={dialog.hint}>{people.inviteUntil(formats.dayAndTime(new Date(expiresAt)))}</p>
      <Group justify="flex-end">
        <Button
          leftSection={<Icon size={14} aria-hidden />}
          onClick={() => void copyText(url).then(() => setCopied(true))}
          data-autofocus
        >
          {copied ? actions.copied : people.copyLink}
        </Button>
        <Button variant="default" onClick={onDone}>
          {actions.done}
        </Button>
      </Group>
    </div>
  );
}
