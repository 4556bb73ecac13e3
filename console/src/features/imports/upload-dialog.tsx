/** The first step of an import: what is in the file, and the file. Reading it changes nothing. */
import { Group, Progress, Radio } from '@mantine/core';
import { IconFileSpreadsheet, IconUpload } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ImportKind } from '@tradepost/contracts';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { addressOf, newIdempotencyKey } from '../../api/call.ts';
import type { CallInput, Operation } from '../../api/endpoints.ts';
import { upload } from '../../api/upload.ts';
import dialog from '../../components/dialog.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { SubmitRow } from '../../components/submit-row.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { importKinds } from '../../words.ts';
import classes from './imports.module.css';

const templates = {
  stock: 'exportStock',
  products: 'exportProducts',
  prices: 'exportPrices',
  suppliers: 'exportSuppliers',
} as const satisfies Record<ImportKind, Operation>;

const csv: CallInput<'exportStock'> = { params: { format: 'csv' } };

export function UploadDialog({ kind: first, onClose }: { kind: ImportKind; onClose: () => void }) {
  const { imports } = useText();
  const formats = useFormats();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [kind, setKind] = useState(first);
  const [file, setFile] = useState<File | null>(null);
  const [sentBytes, setSentBytes] = useState(0);
  const leaving = useRef(new AbortController());
  useEffect(() => () => leaving.current.abort(), []);
  const send = useMutation({
    mutationFn: (chosen: File) => {
      setSentBytes(0);
      return upload('createImport', { query: { kind, fileName: chosen.name.slice(-255) } }, chosen, {
        idempotencyKey: newIdempotencyKey(),
        onProgress: setSentBytes,
        signal: leaving.current.signal,
      });
    },
    onSuccess: (made) => {
      client.setQueryData(['getImport', { params: { id: made.id } }], made);
      void client.invalidateQueries({ queryKey: ['listImports'] });
      onClose();
      void navigate({ to: '/imports/$importId', params: { importId: made.id } });
    },
  });
  return (
    <Dialog title={imports.create} onClose={onClose} size={560}>
      <form
        className={dialog.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (file !== null && !send.isPending) send.mutate(file);
        }}
      >
        <Radio.Group
          label={imports.kind}
          value={kind}
          onChange={(value) => setKind(value as ImportKind)}
          description={imports.kindHelp[kind]}
        >
          <Group mt={8} gap={16}>
            {importKinds.map((value) => (
              <Radio key={value} value={value} label={imports.kinds[value]} />
            ))}
          </Group>
        </Radio.Group>
        <a className={`link ${classes.template}`} href={addressOf(templates[kind], csv)} download>
          {imports.template}
        </a>
        <FileDrop file={file} onFile={setFile} />
        {send.isPending && file && (
          <div>
            <Progress
              value={(100 * sentBytes) / Math.max(1, file.size)}
              aria-label={imports.uploading(formats.percent(sentBytes / Math.max(1, file.size)))}
            />
            <p className="dim num">
              {imports.uploading(formats.percent(sentBytes / Math.max(1, file.size)))}
            </p>
          </div>
        )}
        <SubmitRow onCancel={onClose} error={send.error} loading={send.isPending} disabled={file === null}>
          {imports.upload}
        </SubmitRow>
      </form>
    </Dialog>
  );
}

/** A field to drop a file on; by keyboard and on a phone it is chosen. */
function FileDrop({ file, onFile }: { file: File | null; onFile: (file: File) => void }) {
  const { imports } = useText();
  const formats = useFormats();
  const [over, setOver] = useState(false);
  const dragging = (on: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(on);
  };
  return (
    <label
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={dragging(true)}
      onDragLeave={dragging(false)}
      onDrop={(event) => {
        dragging(false)(event);
        const dropped = event.dataTransfer.files[0];
        if (dropped) onFile(dropped);
      }}
    >
      <input
        type="file"
        className="visually-hidden"
        accept=".csv,.tsv,.txt,.xlsx"
        onChange={(event) => {
          const chosen = event.currentTarget.files?.[0];
          if (chosen) onFile(chosen);
        }}
      />
      {file === null ? (
        <>
          <IconUpload size={24} stroke={1.5} aria-hidden />
          <span>{imports.drop}</span>
          <span className={classes.dropHelp}>{imports.dropHelp}</span>
        </>
      ) : (
        <>
          <IconFileSpreadsheet size={24} stroke={1.5} aria-hidden />
          <span className={classes.fileName}>{file.name}</span>
          <span className={classes.dropHelp}>
            {formats.bytes(file.size)} · {imports.chosen}
          </span>
        </>
      )}
    </label>
  );
}
