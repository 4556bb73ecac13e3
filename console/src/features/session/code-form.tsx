/** The second half of a sign-in: the code of the app, or a recovery code. */
import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { Session } from '@tradepost/contracts';
import { useState } from 'react';
import { CallFailed, call } from '../../api/call.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import classes from './door.module.css';

/** Whether a refusal asks for the second half. */
export function asksForCode(error: unknown): boolean {
  return error instanceof CallFailed && error.problem?.code === 'TWO_FACTOR_REQUIRED';
}

interface Props {
  /** The token of the link that is accepted by signing in. */
  invitation?: string;
  onSession: (session: Session) => void;
  /** Back to e-mail and password. */
  onAgain: () => void;
}

export function CodeForm({ invitation, onSession, onAgain }: Props) {
  const { twoFactorSignIn: words } = useText();
  const [recovering, setRecovering] = useState(false);
  const [code, setCode] = useState('');
  const complete = useMutation({
    mutationFn: (typed: string) =>
      call('completeTwoFactor', {
        body: {
          ...(recovering ? { recoveryCode: typed.trim() } : { code: typed }),
          ...(invitation !== undefined && { invitation }),
        },
      }),
    onSuccess: onSession,
  });
  const change = (typed: string) => {
    if (recovering) return setCode(typed);
    const digits = typed.replace(/\D/g, '').slice(0, 6);
    setCode(digits);
    // The sixth digit is the last: nothing is left to decide.
    if (digits.length === 6 && digits !== code && !complete.isPending) complete.mutate(digits);
  };
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (code !== '' && !complete.isPending) complete.mutate(code);
      }}
    >
      <TextInput
        key={String(recovering)}
        className={classes.code}
        label={recovering ? words.recoveryCode : words.code}
        inputMode={recovering ? 'text' : 'numeric'}
        autoComplete="one-time-code"
        size="sm"
        value={code}
        onChange={(event) => change(event.currentTarget.value)}
        maxLength={50}
        required
        withAsterisk={false}
        autoFocus
      />
      <ErrorNote error={complete.error} />
      <Button type="submit" size="sm" loading={complete.isPending}>
        {words.submit}
      </Button>
      <button
        type="button"
        className={classes.other}
        onClick={() => {
          setRecovering(!recovering);
          setCode('');
          complete.reset();
        }}
      >
        {recovering ? words.useApp : words.useRecovery}
      </button>
      <button type="button" className={classes.other} onClick={onAgain}>
        {words.again}
      </button>
    </form>
  );
}
