import { Button, Checkbox, NativeSelect, NumberInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReorderMethod, ReorderPlan } from '@tradepost/contracts';
import { useState } from 'react';
import { query, useCall } from '../../api/queries.ts';
import { ErrorNote } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { numberIn, type TypedNumber } from '../../components/typed-number.ts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import classes from './replenishment.module.css';

/** What differs for one item; empty is as in the shop's settings. */
export function Rule({ plan, mayWrite }: { plan: ReorderPlan; mayWrite: boolean }) {
  const { replenishment, actions } = useText();
  const formats = useFormats();
  const shop = useQuery(query('getReplenishmentSettings', {})).data;
  const { rule } = plan;
  const [percent, setPercent] = useState<TypedNumber>(rule.serviceLevelPercent ?? '');
  const [method, setMethod] = useState<ReorderMethod | ''>(rule.method ?? '');
  const [paused, setPaused] = useState(rule.paused);
  const put = useCall('putReorderRule', () => toast(replenishment.ruleSaved));
  const body = {
    serviceLevelPercent: numberIn(percent),
    method: method === '' ? null : method,
    paused,
  };
  const changed = JSON.stringify(body) !== JSON.stringify(rule);
  return (
    <form
      className={classes.rule}
      onSubmit={(event) => {
        event.preventDefault();
        if (!put.isPending) put.mutate({ params: { variantId: plan.variantId }, body });
      }}
    >
      <NumberInput
        label={replenishment.ruleService}
        placeholder={shop && replenishment.asShop(formats.number(shop.serviceLevelPercent))}
        value={percent}
        onChange={setPercent}
        min={50}
        max={99.9}
        step={0.5}
        decimalScale={1}
        disabled={!mayWrite}
      />
      <NativeSelect
        label={replenishment.ruleMethod}
        value={method}
        onChange={(event) => setMethod(event.currentTarget.value as ReorderMethod | '')}
        data={[
          {
            value: '',
            label: shop ? replenishment.asShop(replenishment.methods[shop.method]) : '',
          },
          ...(['empirical', 'normal'] as const).map((value) => ({
            value,
            label: replenishment.methods[value],
          })),
        ]}
        disabled={!mayWrite}
      />
      <Checkbox
        className={classes.wide}
        label={replenishment.rulePaused}
        checked={paused}
        onChange={(event) => setPaused(event.currentTarget.checked)}
        disabled={!mayWrite}
      />
      <ErrorNote error={put.error} />
      {changed && (
        <div className={classes.wide}>
          <Button type="submit" variant="default" loading={put.isPending}>
            {actions.save}
          </Button>
        </div>
      )}
    </form>
  );
}
