/** The palette and the dialogs it leads to. Loaded when first opened. */
import { useState } from 'react';
import { ConnectDialog } from '../marketplaces/connect-dialog.tsx';
import { AdjustDialog } from '../stock/adjust-dialog.tsx';
import { Palette } from './palette.tsx';
import type { Choice } from './use-results.ts';

interface Props {
  opened: boolean;
  onClose: () => void;
  onHelp: () => void;
}

export default function PaletteHost({ opened, onClose, onHelp }: Props) {
  const [choice, setChoice] = useState<Choice | null>(null);
  const done = () => setChoice(null);
  return (
    <>
      {opened && <Palette onClose={onClose} onHelp={onHelp} onChoice={setChoice} />}
      {choice?.kind === 'adjust' && <AdjustDialog level={choice.level} onClose={done} />}
      {choice?.kind === 'connect' && <ConnectDialog onClose={done} />}
    </>
  );
}
