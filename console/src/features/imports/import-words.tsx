import type { Import, ImportState } from '@tradepost/contracts';
import { type Look, StatusBadge } from '../../components/status-badge.tsx';
import { useFormats, useText } from '../../i18n/locale.tsx';
import { rowOutcomes } from '../../words.ts';

const looks: Record<ImportState, Look> = {
  draft: 'new',
  checking: 'running',
  checked: 'alert',
  applying: 'running',
  applied: 'done',
  undoing: 'running',
  undone: 'back',
};

export function ImportStatus({ status }: { status: ImportState }) {
  return <StatusBadge look={looks[status]}>{useText().imports.states[status]}</StatusBadge>;
}

/** What became of it, or would: in a few words. */
export function useImportResult(): (one: Import) => string {
  const { imports } = useText();
  const formats = useFormats();
  return ({ undone, applied, counts }) => {
    if (undone !== null) return imports.undone(undone.restored);
    if (applied !== null) return imports.appliedDone(applied.done);
    if (counts === null) return '';
    return rowOutcomes
      .filter((outcome) => counts[outcome] > 0)
      .map((outcome) => `${imports.outcomes[outcome]}: ${formats.number(counts[outcome])}`)
      .join(' · ');
  };
}
