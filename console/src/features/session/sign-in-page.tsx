import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { createLazyRoute, useRouter } from '@tanstack/react-router';
import type { Session } from '@tradepost/contracts';
import { call } from '../../api/call.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import { asksForCode, CodeForm } from './code-form.tsx';
import classes from './door.module.css';
import { Door } from './door.tsx';
import { enterSession } from './session.ts';

export const Route = createLazyRoute('/sign-in')({ component: SignInPage });

function SignInPage() {
  const text = useText();
  const client = useQueryClient();
  const router = useRouter();
  const { from } = Route.useSearch();
  const enter = (session: Session) => {
    enterSession(client, session);
    router.history.push(from ?? '/');
  };
  const signIn = useMutation({
    mutationFn: (form: FormData) =>
      call('signIn', { body: { email: String(form.get('email')), password: String(form.get('password')) } }),
    onSuccess: enter,
  });
  if (asksForCode(signIn.error)) {
    return (
      <Door title={text.twoFactorSignIn.title} lead={text.twoFactorSignIn.lead}>
        <CodeForm onSession={enter} onAgain={signIn.reset} />
      </Door>
    );
  }
  return (
    <Door title={text.signIn.title} lead={from ? text.signIn.returning : text.signIn.lead}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          // Not the form's action, which would empty the fields after a refusal.
          event.preventDefault();
          signIn.mutate(new FormData(event.currentTarget));
        }}
      >
        <TextInput
          name="email"
          type="email"
          label={text.signIn.email}
          autoComplete="username"
          size="sm"
          required
          withAsterisk={false}
          autoFocus
        />
        <PasswordInput
          name="password"
          label={text.signIn.password}
          autoComplete="current-password"
          size="sm"
          required
          withAsterisk={false}
        />
        <ErrorNote error={signIn.error} />
        <Button type="submit" size="sm" loading={signIn.isPending}>
          {text.signIn.submit}
        </Button>
      </form>
    </Door>
  );
}
