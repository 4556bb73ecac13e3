/** Counting with a scanner or by hand: one field that keeps the focus, and the item counted last in large figures. */
import { ActionIcon, Button, NumberInput, TextInput } from '@mantine/core';
import { IconBarcode, IconMinus, IconPlus } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import type { CountLine } from '@tradepost/contracts';
import { type RefObject, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { CallFailed } from '../../api/call.ts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { type CountQueue, countQueueOf } from './count-queue.ts';
import classes from './counts.module.css';

export function Scanner({ countId }: { countId: string }) {
  const { counts } = useText();
  const client = useQueryClient();
  const queue = countQueueOf(countId, client);
  const state = useSyncExternalStore(queue.subscribe, queue.getState);
  const [code, setCode] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const last = useRef<HTMLDivElement>(null);
  const lastId = state.last?.variantId;
  // A line of the sheet that was chosen far below comes up here, where it can be changed.
  useEffect(() => {
    if (lastId !== undefined) last.current?.scrollIntoView({ block: 'nearest' });
  }, [lastId]);
  return (
    <section className={classes.scanner} aria-label={counts.scan}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const scanned = code.trim();
          if (scanned === '') return;
          queue.put({ code: scanned, quantity: 1, mode: 'add' });
          setCode('');
        }}
      >
        <TextInput
          ref={field}
          label={counts.scan}
          description={counts.scanHelp}
          descriptionProps={{ mb: 6 }}
          size="md"
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          leftSection={<IconBarcode size={18} aria-hidden />}
          maxLength={64}
          autoComplete="off"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          enterKeyHint="done"
          autoFocus
          data-search
        />
      </form>
      {state.waiting > 0 && state.away && (
        <p className={classes.away} role="status">
          {counts.notSent} {counts.waiting(state.waiting)}
        </p>
      )}
      <ul className={classes.refusals} aria-live="assertive">
        {state.refused.map(({ key, code: refused, error }) => (
          <li key={key} className={classes.refusal}>
            <span>{isUnknown(error) ? counts.unknown(refused) : counts.refused(refused)}</span>
            <Button
              variant="subtle"
              size="compact-xs"
              onClick={() => {
                queue.dismiss(key);
                field.current?.focus();
              }}
            >
              {counts.dismiss}
            </Button>
          </li>
        ))}
      </ul>
      {state.last === null ? (
        <p className={classes.nothing}>{counts.nothingYet}</p>
      ) : (
        <LastCounted
          key={state.last.variantId}
          line={state.last}
          queue={queue}
          busy={state.waiting > 0}
          field={field}
          ref={last}
        />
      )}
    </section>
  );
}

/** The code is of no item; anything else would be refused for all of them, such as a count that has ended. */
function isUnknown({ problem }: CallFailed): boolean {
  return problem?.issues?.some(({ field }) => field === 'body.code') ?? false;
}

interface LastProps {
  line: CountLine;
  queue: CountQueue;
  /** Something is on its way: the figure is about to change. */
  busy: boolean;
  field: RefObject<HTMLInputElement | null>;
  ref: RefObject<HTMLDivElement | null>;
}

function LastCounted({ line, queue, busy, field, ref }: LastProps) {
  const { counts } = useText();
  const formats = useFormats();
  const [total, setTotal] = useState<number | ''>('');
  const counted = line.counted ?? 0;
  const put = (quantity: number, mode: 'add' | 'set') => {
    queue.put({ code: line.sku, quantity, mode });
    field.current?.focus();
  };
  return (
    <div className={classes.last} ref={ref}>
      <div className={classes.lastName}>
        <span>{line.name}</span>
        <span className="mono dim">{line.sku}</span>
      </div>
      <div className={classes.lastFigure}>
        <ActionIcon
          variant="default"
          size={44}
          aria-label={counts.oneLess(line.sku)}
          disabled={counted === 0 || busy}
          onClick={() => put(counted - 1, 'set')}
        >
          <IconMinus size={18} aria-hidden />
        </ActionIcon>
        <output className={classes.big} aria-live="polite">
          <span className="visually-hidden">
            {line.name}, {counts.counted}:{' '}
          </span>
          {formats.number(counted)}
        </output>
        <ActionIcon
          variant="default"
          size={44}
          aria-label={counts.oneMore(line.sku)}
          onClick={() => put(1, 'add')}
        >
          <IconPlus size={18} aria-hidden />
        </ActionIcon>
      </div>
      <form
        className={classes.setTotal}
        onSubmit={(event) => {
          event.preventDefault();
          if (total === '') return;
          put(total, 'set');
          setTotal('');
        }}
      >
        <NumberInput
          aria-label={counts.setTo}
          placeholder={counts.setTo}
          value={total}
          onChange={(value) => setTotal(typeof value === 'number' ? value : '')}
          min={0}
          max={1_000_000}
          allowDecimal={false}
          allowNegative={false}
          inputMode="numeric"
          hideControls
        />
        <Button type="submit" variant="default" disabled={total === ''}>
          {counts.set}
        </Button>
      </form>
    </div>
  );
}
