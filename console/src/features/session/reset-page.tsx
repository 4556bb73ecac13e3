import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { CallFailed, call } from '../../api/call.ts';
import { ErrorNote } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import classes from './door.module.css';
import { Door } from './door.tsx';
import { NewPassword } from './new-password.tsx';

export const Route = createLazyRoute('/reset')({ component: ResetPage });

/** By a link of an owner: a new password, then the way to sign in with it. */
function ResetPage() {
  const { reset: words, join } = useText();
  const { token } = Route.useSearch();
  const reset = useMutation({
    mutationFn: (form: FormData) =>
      call('resetPassword', { body: { token: token ?? '', password: String(form.get('password')) } }),
  });
  const spent = reset.error instanceof CallFailed && reset.error.status === 404;
  const toSignIn = (
    <Link to="/sign-in" className="link">
      {join.toSignIn}
    </Link>
  );
  if (token === undefined || spent) {
    return (
      <Door title={words.invalid.title} lead={words.invalid.help}>
        {toSignIn}
      </Door>
    );
  }
  if (reset.isSuccess) {
    return (
      <Door title={words.done} lead={words.doneLead}>
        {toSignIn}
      </Door>
    );
  }
  return (
    <Door title={words.title} lead={words.lead}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          reset.mutate(new FormData(event.currentTarget));
        }}
      >
        <NewPassword name="password" label={join.newPassword} known={[]} autoFocus />
        <ErrorNote error={reset.error} />
        <Button type="submit" size="sm" loading={reset.isPending}>
          {words.submit}
        </Button>
      </form>
    </Door>
  );
}
