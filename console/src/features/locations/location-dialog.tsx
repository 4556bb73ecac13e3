import { NumberInput, TextInput } from '@mantine/core';
import type { Location } from '@tradepost/contracts';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { useText } from '../../i18n/locale.tsx';

/** Makes a location, or changes the name and order of one. */
export function LocationDialog({ location, onClose }: { location: Location | null; onClose: () => void }) {
  const { locations, actions } = useText();
  const [name, setName] = useState(location?.name ?? '');
  const [code, setCode] = useState('');
  const [priority, setPriority] = useState<number | ''>(location?.priority ?? 100);
  const done = (said: string) => {
    onClose();
    toast(said);
  };
  const create = useCall('createLocation', (made) => done(locations.created(made.name)));
  const update = useCall('updateLocation', (saved) => done(locations.saved(saved.name)));
  const shownCode = code || codeFrom(name);
  const ready = name.trim() !== '' && priority !== '' && (location !== null || shownCode !== '');
  const busy = create.isPending || update.isPending;
  return (
    <Dialog title={location === null ? locations.create : location.name} onClose={onClose}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready || busy) return;
          const body = { name: name.trim(), priority };
          if (location === null) create.mutate({ body: { ...body, code: shownCode } });
          else update.mutate({ params: { id: location.id }, body: { ...body, version: location.version } });
        }}
      >
        <TextInput
          label={locations.name}
          placeholder={locations.nameExample}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={100}
          required
          withAsterisk={false}
          data-autofocus
        />
        {location === null && (
          <TextInput
            label={locations.code}
            description={locations.codeHelp}
            value={shownCode}
            onChange={(event) => setCode(event.currentTarget.value.toLowerCase())}
            maxLength={50}
            pattern="[a-z0-9][a-z0-9_\-]{0,49}"
            classNames={{ input: 'mono' }}
          />
        )}
        <NumberInput
          label={locations.priority}
          description={locations.priorityHelp}
          value={priority}
          onChange={(value) => setPriority(typeof value === 'number' ? value : '')}
          min={0}
          max={10_000}
          allowDecimal={false}
          allowNegative={false}
        />
        <SubmitRow onCancel={onClose} error={create.error ?? update.error} loading={busy} disabled={!ready}>
          {location === null ? locations.createSubmit : actions.save}
        </SubmitRow>
      </form>
    </Dialog>
  );
}

/** "Warehouse Cluj-Napoca" is warehouse-cluj-napoca; letters lose their marks. */
function codeFrom(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 50);
}
