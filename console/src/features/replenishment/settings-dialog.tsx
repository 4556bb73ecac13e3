import { Checkbox, NativeSelect, NumberInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReorderMethod, ReplenishmentSettings } from '@tradepost/contracts';
import { useState } from 'react';
import { query, useCall } from '../../api/queries.ts';
import classes from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorState, Lines } from '../../components/states.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { toast } from '../../components/toast.ts';
import { numberIn, type TypedNumber } from '../../components/typed-number.ts';
import { useText } from '../../i18n/locale.tsx';

const methods: readonly ReorderMethod[] = ['empirical', 'normal'];

/** How what to order is worked out, for the whole shop. */
export function SettingsDialog({ mayWrite, onClose }: { mayWrite: boolean; onClose: () => void }) {
  const { replenishment } = useText();
  const { data, error, refetch } = useQuery(query('getReplenishmentSettings', {}));
  return (
    <Dialog title={replenishment.settingsTitle} onClose={onClose}>
      {data ? (
        <Form settings={data} mayWrite={mayWrite} onClose={onClose} />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Lines count={6} />
      )}
    </Dialog>
  );
}

interface FormProps {
  settings: ReplenishmentSettings;
  mayWrite: boolean;
  onClose: () => void;
}

function Form({ settings, mayWrite, onClose }: FormProps) {
  const { replenishment, actions } = useText();
  const [percent, setPercent] = useState<TypedNumber>(settings.serviceLevelPercent);
  const serviceLevelPercent = numberIn(percent);
  const [method, setMethod] = useState(settings.method);
  const [coverDays, setCoverDays] = useState<number | ''>(settings.coverDays);
  const [leadTimeDays, setLeadTimeDays] = useState<number | ''>(settings.defaultLeadTimeDays);
  const [auto, setAuto] = useState(settings.autoReorder);
  const update = useCall('updateReplenishmentSettings', () => {
    onClose();
    toast(replenishment.settingsSaved);
  });
  const ready = mayWrite && serviceLevelPercent !== null && coverDays !== '' && leadTimeDays !== '';
  const number = (set: (value: number | '') => void) => (value: number | string) =>
    set(typeof value === 'number' ? value : '');
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready || update.isPending) return;
        update.mutate({
          body: {
            serviceLevelPercent,
            method,
            coverDays,
            defaultLeadTimeDays: leadTimeDays,
            autoReorder: auto,
          },
        });
      }}
    >
      <NumberInput
        label={replenishment.serviceLevel}
        description={replenishment.serviceLevelHelp}
        value={percent}
        onChange={setPercent}
        min={50}
        max={99.9}
        step={0.5}
        decimalScale={1}
        disabled={!mayWrite}
        data-autofocus
      />
      <NativeSelect
        label={replenishment.method}
        description={replenishment.methodHelp[method]}
        value={method}
        onChange={(event) => setMethod(event.currentTarget.value as ReorderMethod)}
        data={methods.map((value) => ({ value, label: replenishment.methods[value] }))}
        disabled={!mayWrite}
      />
      <NumberInput
        label={replenishment.coverDays}
        description={replenishment.coverDaysHelp}
        value={coverDays}
        onChange={number(setCoverDays)}
        min={0}
        max={365}
        allowDecimal={false}
        disabled={!mayWrite}
      />
      <NumberInput
        label={replenishment.defaultLeadTime}
        value={leadTimeDays}
        onChange={number(setLeadTimeDays)}
        min={0}
        max={365}
        allowDecimal={false}
        disabled={!mayWrite}
      />
      <Checkbox
        label={replenishment.auto}
        description={replenishment.autoHelp}
        checked={auto}
        onChange={(event) => setAuto(event.currentTarget.checked)}
        disabled={!mayWrite}
      />
      <SubmitRow onCancel={onClose} error={update.error} loading={update.isPending} disabled={!ready}>
        {actions.save}
      </SubmitRow>
    </form>
  );
}
