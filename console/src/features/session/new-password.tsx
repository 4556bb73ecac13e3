import { PasswordInput } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../../i18n/locale.tsx';
import { SHORTEST_PASSWORD } from './password-strength.ts';
import { StrengthMeter } from './strength-meter.tsx';

interface Props {
  /** Of the form's field. */
  name: string;
  label: string;
  /** What a guesser has at hand: the person's name and e-mail. */
  known: readonly string[];
  autoFocus?: boolean;
}

/** A password to choose, with how hard it is to guess. */
export function NewPassword({ name, label, known, autoFocus = false }: Props) {
  const { join } = useText();
  const [password, setPassword] = useState('');
  return (
    <div>
      <PasswordInput
        name={name}
        label={label}
        description={join.strengthHint}
        autoComplete="new-password"
        size="sm"
        minLength={SHORTEST_PASSWORD}
        maxLength={200}
        required
        withAsterisk={false}
        autoFocus={autoFocus}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <StrengthMeter password={password} known={known} />
    </div>
  );
}
