import { Button, NumberInput } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useCall } from '../../api/queries.ts';
import { ErrorNote } from '../../components/states.tsx';
import { numberIn, type TypedNumber } from '../../components/typed-number.ts';
import { useText } from '../../i18n/locale.tsx';
import classes from './proof.module.css';

/** As the contract has them, which is not at hand at run time. */
const sizes = {
  buyers: { min: 2, max: 20_000, usual: 1000 },
  pieces: { min: 1, max: 1_000_000, usual: 500 },
  processes: { min: 1, max: 16, usual: 2 },
} as const;
type Size = keyof typeof sizes;

/** How many want how much, and the button. */
export function RunProof({ running }: { running: boolean }) {
  const { proof } = useText();
  const navigate = useNavigate();
  const [typed, setTyped] = useState<Record<Size, TypedNumber>>({
    buyers: sizes.buyers.usual,
    pieces: sizes.pieces.usual,
    processes: sizes.processes.usual,
  });
  // What was chosen to look at gives way to what comes now.
  const start = useCall('proveStock', () => void navigate({ to: '/proof', replace: true }));
  const buyers = numberIn(typed.buyers);
  const pieces = numberIn(typed.pieces);
  const processes = numberIn(typed.processes);
  const size = buyers && pieces && processes && { buyers, pieces, processes };
  const field = (name: Size, description?: string) => (
    <NumberInput
      label={proof[name]}
      description={description}
      inputWrapperOrder={['label', 'input', 'description']}
      value={typed[name]}
      onChange={(value) => setTyped((before) => ({ ...before, [name]: value }))}
      min={sizes[name].min}
      max={sizes[name].max}
      allowDecimal={false}
      allowNegative={false}
    />
  );
  return (
    <form
      className={classes.run}
      onSubmit={(event) => {
        event.preventDefault();
        if (size && !running && !start.isPending) start.mutate({ body: size });
      }}
    >
      <div className={classes.fields}>
        {field('buyers')}
        {field('pieces', proof.piecesHelp)}
        {field('processes', proof.processesHelp)}
      </div>
      <div className={classes.start}>
        <Button
          type="submit"
          leftSection={<IconShieldCheck size={16} aria-hidden />}
          loading={start.isPending}
          disabled={!size || running}
        >
          {proof.run}
        </Button>
        <span className="dim">{proof.load}</span>
      </div>
      <ErrorNote error={start.error} />
    </form>
  );
}
