import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { createLazyRoute, useRouter } from '@tanstack/react-router';
import { CallFailed, call } from '../../api/call.ts';
import { EmptyState, ErrorNote } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import classes from './door.module.css';
import { Door } from './door.tsx';
import { enterSession } from './session.ts';

export const Route = createLazyRoute('/setup')({ component: SetupPage });

function SetupPage() {
  const text = useText();
  const client = useQueryClient();
  const router = useRouter();
  const { token } = Route.useSearch();
  const setup = useMutation({
    mutationFn: (form: FormData) => {
      const field = (name: string) => String(form.get(name));
      return call('completeSetup', {
        body: {
          token: token ?? '',
          tenantName: field('tenantName'),
          name: field('name'),
          email: field('email'),
          password: field('password'),
        },
      });
    },
    onSuccess: (session) => {
      enterSession(client, session);
      router.history.replace('/');
    },
  });
  const linkIsSpent = setup.error instanceof CallFailed && setup.error.status === 404;
  return (
    <Door title={text.setup.title} lead={text.setup.lead}>
      {!token ? (
        <EmptyState title={text.problems.setupUsed.title} help={text.setup.noToken} />
      ) : linkIsSpent ? (
        <EmptyState
          title={text.problems.setupUsed.title}
          help={`${text.problems.setupUsed.kept} ${text.problems.setupUsed.help}`}
        />
      ) : (
        <form
          className={classes.form}
          onSubmit={(event) => {
            // Not the form's action, which would empty the fields after a refusal.
            event.preventDefault();
            setup.mutate(new FormData(event.currentTarget));
          }}
        >
          <TextInput
            name="tenantName"
            label={text.setup.shop}
            size="sm"
            maxLength={100}
            required
            withAsterisk={false}
            autoFocus
          />
          <TextInput
            name="name"
            label={text.setup.name}
            autoComplete="name"
            size="sm"
            maxLength={100}
            required
            withAsterisk={false}
          />
          <TextInput
            name="email"
            type="email"
            label={text.setup.email}
            autoComplete="username"
            size="sm"
            required
            withAsterisk={false}
          />
          <PasswordInput
            name="password"
            label={text.setup.password}
            description={text.setup.passwordHint}
            autoComplete="new-password"
            size="sm"
            minLength={10}
            maxLength={200}
            required
            withAsterisk={false}
          />
          <ErrorNote error={setup.error} />
          <Button type="submit" size="sm" loading={setup.isPending}>
            {text.setup.submit}
          </Button>
        </form>
      )}
    </Door>
  );
}
