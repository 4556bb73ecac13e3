import { Button, Checkbox, Group, NativeSelect, TextInput } from '@mantine/core';
import type { Permission } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import dialog from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { Copyable } from '../../components/figures.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { useText } from '../../i18n/locale.tsx';
import { permissions } from '../../words.ts';
import { useSession } from '../session/session.ts';
import classes from './settings.module.css';

const DAY_MS = 86_400_000;
const expiryDays = { never: null, days30: 30, days90: 90, year: 365 } as const;
type Expiry = keyof typeof expiryDays;

/** Makes a key with chosen scopes, then shows it once. */
export function CreateKeyDialog({ onClose }: { onClose: () => void }) {
  const { settings, actions } = useText();
  const session = useSession();
  // Nobody can give a program more than they have themselves.
  const offered = permissions.filter((permission) => session.permissions.includes(permission));
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>(offered.filter(isRead));
  const [expiry, setExpiry] = useState<Expiry>('never');
  const create = useCall('createApiKey');

  if (create.data) {
    return (
      <Dialog title={settings.made} onClose={onClose} sticky>
        <div className={dialog.form}>
          <p>{settings.shownOnce}</p>
          <div className={dialog.secret}>
            <Copyable value={create.data.key} wrap />
          </div>
          <Group justify="flex-end">
            <Button onClick={onClose} data-autofocus>
              {actions.done}
            </Button>
          </Group>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={settings.create} onClose={onClose}>
      <form
        className={dialog.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (scopes.length === 0 || create.isPending) return;
          const days = expiryDays[expiry];
          create.mutate({
            body: {
              name: name.trim(),
              scopes: scopes as Permission[],
              ...(days === null ? {} : { expiresAt: endOfDay(days) }),
            },
          });
        }}
      >
        <TextInput
          label={settings.name}
          placeholder={settings.nameExample}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={100}
          required
          withAsterisk={false}
          data-autofocus
        />
        <fieldset className={classes.fieldset}>
          <legend className={classes.legend}>{settings.whatMay}</legend>
          <div className={classes.presets}>
            <Button variant="default" size="compact-xs" onClick={() => setScopes(offered.filter(isRead))}>
              {settings.presets.read}
            </Button>
            <Button variant="default" size="compact-xs" onClick={() => setScopes([...offered])}>
              {settings.presets.all}
            </Button>
          </div>
          <Checkbox.Group
            value={scopes}
            onChange={setScopes}
            error={scopes.length === 0 ? settings.chooseOne : null}
          >
            <div className={classes.scopes}>
              {offered.map((permission) => (
                <Checkbox
                  key={permission}
                  size="xs"
                  value={permission}
                  label={settings.permissions[permission]}
                />
              ))}
            </div>
          </Checkbox.Group>
        </fieldset>
        <NativeSelect
          label={settings.expiry}
          value={expiry}
          onChange={(event) => setExpiry(event.currentTarget.value as Expiry)}
          data={(Object.keys(expiryDays) as Expiry[]).map((value) => ({
            value,
            label: settings.expiries[value],
          }))}
        />
        <SubmitRow
          onCancel={onClose}
          error={create.error}
          loading={create.isPending}
          disabled={scopes.length === 0}
        >
          {settings.createSubmit}
        </SubmitRow>
      </form>
    </Dialog>
  );
}

function isRead(permission: Permission): boolean {
  return permission.endsWith('.read');
}

/** The same text all day long, so that sending it again after a lost answer is the same request. */
function endOfDay(days: number): string {
  const end = new Date(Date.now() + days * DAY_MS);
  end.setUTCHours(23, 59, 59, 0);
  return end.toISOString();
}
