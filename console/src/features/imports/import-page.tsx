/** One import from its file to what became of it. Where it stands is the server's word: the page can be left at any step. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconArrowBackUp, IconDots, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, useNavigate } from '@tanstack/react-router';
import type { Import, ImportKind, Permission } from '@tradepost/contracts';
import { useState } from 'react';
import { query, useCall } from '../../api/queries.ts';
import { ConfirmByName } from '../../components/confirm-by-name.tsx';
import { When } from '../../components/figures.tsx';
import { BackMark, Page } from '../../components/page.tsx';
import { ErrorNote, ErrorState, Lines } from '../../components/states.tsx';
import { toast } from '../../components/toast.ts';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { useRemember } from '../palette/recent.ts';
import { useCan } from '../session/session.ts';
import { TaskStrip, useTask } from '../tasks/task-strip.tsx';
import { isLive } from '../tasks/task-words.tsx';
import { ImportStatus } from './import-words.tsx';
import classes from './imports.module.css';
import { Mapping } from './mapping.tsx';
import { Review } from './review.tsx';

export const Route = createLazyRoute('/frame/imports/$importId')({ component: ImportPage });

/** What applying an import needs beside `imports.write`. */
const needs: Record<ImportKind, Permission> = {
  stock: 'inventory.write',
  products: 'products.write',
  prices: 'products.write',
  suppliers: 'purchasing.write',
};

function ImportPage() {
  const { imports } = useText();
  const { importId } = Route.useParams();
  const found = useQuery(query('getImport', { params: { id: importId } }));
  useRemember('import', importId, found.data?.fileName);
  if (found.data === undefined) {
    return (
      <Page title={imports.import}>
        {found.error ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <Lines count={10} />
        )}
      </Page>
    );
  }
  return <Loaded key={found.data.id} one={found.data} />;
}

function Loaded({ one }: { one: Import }) {
  const { imports } = useText();
  const formats = useFormats();
  return (
    <Page
      title={one.fileName}
      actions={<MoreActions one={one} />}
      toolbar={
        <>
          <Link to="/imports" aria-label={imports.title} data-close-detail>
            <BackMark />
          </Link>
          <ImportStatus status={one.status} />
          <span className="dim">
            {imports.kinds[one.kind]} · {formats.bytes(one.fileBytes)} · <When at={one.createdAt} />
          </span>
          <Steps one={one} />
        </>
      }
    >
      <div className={classes.page}>
        <Step one={one} />
      </div>
    </Page>
  );
}

const steps = ['file', 'columns', 'review', 'done'] as const;

function Steps({ one }: { one: Import }) {
  const { imports } = useText();
  const at = one.status === 'draft' ? 1 : one.status === 'checking' || one.status === 'checked' ? 2 : 3;
  return (
    <ol className={classes.steps} aria-label={imports.status}>
      {steps.map((step, index) => (
        <li
          key={step}
          data-done={index < at || undefined}
          aria-current={index === at ? 'step' : undefined}
          className={classes.step}
        >
          {imports.steps[step]}
        </li>
      ))}
    </ol>
  );
}

/** What there is to see and to do where the import stands. */
function Step({ one }: { one: Import }) {
  const { imports } = useText();
  const mayWrite = useCan('imports.write');
  const mayApply = useCan(needs[one.kind]) && mayWrite;
  const task = useTask(one.task);
  const params = { id: one.id };
  const check = useCall('checkImport');
  const apply = useCall('applyImport');
  const undo = useCall('undoImport');
  const [mapping, setMapping] = useState(false);
  const underWay = task !== null && isLive(task);
  const busy = check.isPending || apply.isPending || undo.isPending;
  const error = <ErrorNote error={check.error ?? apply.error ?? undo.error} />;
  const startCheck = () => {
    setMapping(false);
    check.mutate({ params });
  };
  const goOn = { checking: check, applying: apply, undoing: undo };

  if (one.status === 'draft' || (mapping && one.status === 'checked')) {
    return (
      <>
        <Mapping one={one} mayWrite={mayWrite} />
        {error}
        {mayWrite && (
          <div className={classes.next}>
            <Button loading={busy} disabled={one.missing.length > 0} onClick={startCheck}>
              {imports.check}
            </Button>
            <span className="dim">{imports.checkHelp}</span>
          </div>
        )}
      </>
    );
  }
  if (one.status === 'checking' || one.status === 'applying' || one.status === 'undoing') {
    const again = goOn[one.status];
    const stopped = task === null || task.status === 'failed' || task.status === 'cancelled';
    return (
      <>
        <p className={classes.lead}>{imports[one.status]}</p>
        {task && <TaskStrip task={task} />}
        {error}
        {stopped && mayWrite && (
          <div className={classes.next}>
            <Button loading={busy} onClick={() => again.mutate({ params })}>
              {imports.goOn}
            </Button>
            {one.status === 'applying' && mayApply && (
              <Button variant="default" loading={busy} onClick={() => undo.mutate({ params })}>
                {imports.undo}
              </Button>
            )}
            <span className="dim">{imports.stopped}</span>
          </div>
        )}
      </>
    );
  }
  const waiting = one.counts === null ? 0 : one.counts.new + one.counts.changed;
  return (
    <>
      <Outcome one={one} />
      {error}
      {one.status === 'checked' && mayWrite && (
        <div className={classes.next}>
          {waiting > 0 ? (
            mayApply && (
              <Button loading={busy} onClick={() => apply.mutate({ params })}>
                {imports.apply(waiting)}
              </Button>
            )
          ) : (
            <span>{imports.nothingToApply}</span>
          )}
          <Button variant="default" disabled={busy} onClick={() => setMapping(true)}>
            {imports.changeColumns}
          </Button>
        </div>
      )}
      {one.status === 'applied' && mayApply && (
        <div className={classes.next}>
          <Button
            variant="default"
            leftSection={<IconArrowBackUp size={14} aria-hidden />}
            loading={busy}
            disabled={underWay}
            onClick={() => undo.mutate({ params })}
          >
            {imports.undo}
          </Button>
        </div>
      )}
      <Review one={one} />
    </>
  );
}

/** What the dry run found, what was applied, what was taken back. */
function Outcome({ one }: { one: Import }) {
  const { imports } = useText();
  const { status, applied, undone, counts } = one;
  const lines =
    status === 'undone' && undone
      ? [imports.undone(undone.restored), ...(undone.left > 0 ? [imports.left(undone.left)] : [])]
      : status === 'applied' && applied
        ? [
            imports.appliedDone(applied.done),
            ...(applied.skipped > 0 ? [imports.skipped(applied.skipped)] : []),
          ]
        : [imports.reviewLead, ...(counts && counts.wrong > 0 ? [imports.wrongLeft(counts.wrong)] : [])];
  const [first, ...others] = lines;
  return (
    <div className={classes.outcome} role="status">
      <p className={classes.lead}>{first}</p>
      {others.map((line) => (
        <p key={line} className={classes.warn}>
          {line}
        </p>
      ))}
    </div>
  );
}

/** Deleting the file and its rows ends the way back, so its name must be typed once anything was applied. */
function MoreActions({ one }: { one: Import }) {
  const { imports } = useText();
  const navigate = useNavigate();
  const mayWrite = useCan('imports.write');
  const task = useTask(one.task);
  const [asking, setAsking] = useState(false);
  const remove = useCall('deleteImport', () => {
    toast(imports.deleted);
    void navigate({ to: '/imports' });
  });
  if (!mayWrite || (task !== null && isLive(task))) return null;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={imports.more}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconTrash size={14} aria-hidden />} onClick={() => setAsking(true)}>
            {imports.delete}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asking && (
        <ConfirmByName
          title={imports.deleteTitle}
          what={imports.deleteWhat}
          label={imports.deleteType(one.fileName)}
          name={one.fileName}
          confirm={imports.delete}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ params: { id: one.id } })}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
