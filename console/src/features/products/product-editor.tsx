/** The page around the form: what is wrong with it, saving, and a word before changes are lost. */
import { Button, Group } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import dialog from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { Page } from '../../components/page.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import { faultsOf, type ProductDraft } from './draft.ts';
import classes from './product-form.module.css';
import { ProductForm, useFaultWords } from './product-form.tsx';

interface Props {
  title: string;
  /** As it was opened: what differs from it would be lost. */
  base: ProductDraft;
  submit: string;
  busy: boolean;
  error: unknown;
  onSubmit: (draft: ProductDraft) => void;
  onLeave: () => void;
  /** Above the form. */
  note?: ReactNode;
}

export function ProductEditor({ title, base, submit, busy, error, onSubmit, onLeave, note }: Props) {
  const { actions, products } = useText();
  const [draft, setDraft] = useState(base);
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const faultWords = useFaultWords();
  const faults = faultsOf(draft);
  const dirty = JSON.stringify(draft) !== JSON.stringify(base);
  const leaving = useBlocker({
    shouldBlockFn: () => dirty && !busy,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  return (
    <Page
      title={title}
      actions={
        <>
          <Button variant="default" onClick={onLeave}>
            {actions.cancel}
          </Button>
          <Button type="submit" form="product-form" loading={busy}>
            {submit}
          </Button>
        </>
      }
    >
      {note}
      <form
        id="product-form"
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (faults.length === 0 && !busy) onSubmit(draft);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
        }}
      >
        <ProductForm draft={draft} onChange={setDraft} />
        <div className={classes.foot} aria-live="polite">
          {tried && faults.length > 0 && (
            <ul className={classes.faults}>
              {faults.map((fault) => (
                <li key={JSON.stringify(fault)}>{faultWords(fault)}</li>
              ))}
            </ul>
          )}
          <ErrorNote error={error} />
        </div>
      </form>
      {leaving.status === 'blocked' && (
        <Dialog title={products.leaveTitle} onClose={leaving.reset}>
          <div className={dialog.form}>
            <p>{products.leave}</p>
            <Group justify="flex-end">
              <Button variant="default" onClick={leaving.proceed}>
                {products.leaveAnyway}
              </Button>
              <Button onClick={leaving.reset} data-autofocus>
                {products.stay}
              </Button>
            </Group>
          </div>
        </Dialog>
      )}
    </Page>
  );
}
