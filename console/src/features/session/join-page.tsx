import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createLazyRoute, Link, useRouter } from '@tanstack/react-router';
import type { InvitationPreview, Session } from '@tradepost/contracts';
import { useState } from 'react';
import { CallFailed, call } from '../../api/call.ts';
import { query } from '../../api/queries.ts';
import { EmptyState, ErrorNote, ErrorState, Lines } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';
import { asksForCode, CodeForm } from './code-form.tsx';
import classes from './door.module.css';
import { Door } from './door.tsx';
import { NewPassword } from './new-password.tsx';
import { enterSession } from './session.ts';

export const Route = createLazyRoute('/join')({ component: JoinPage });

function JoinPage() {
  const { join } = useText();
  const { token } = Route.useSearch();
  const preview = useQuery({
    ...query('previewInvitation', { body: { token: token ?? '' } }),
    enabled: token !== undefined,
    retry: false,
  });
  // A link that was cut short is refused for its form, which is the same to who holds it.
  const refused = preview.error instanceof CallFailed && [400, 404].includes(preview.error.status);
  if (token === undefined || refused) {
    return (
      <Door title={join.invalid.title} lead={join.invalid.help}>
        <Link to="/sign-in" className="link">
          {join.toSignIn}
        </Link>
      </Door>
    );
  }
  if (preview.data === undefined) {
    return (
      <Door title={join.checking} lead="">
        {preview.error ? (
          <ErrorState error={preview.error} onRetry={() => void preview.refetch()} />
        ) : (
          <Lines count={4} />
        )}
      </Door>
    );
  }
  return <JoinForm token={token} invitation={preview.data} />;
}

function JoinForm({ token, invitation }: { token: string; invitation: InvitationPreview }) {
  const text = useText();
  const { join, frame } = text;
  const { tenantName, email, role, hasAccount } = invitation;
  const client = useQueryClient();
  const router = useRouter();
  const [name, setName] = useState('');
  const enter = (session: Session) => {
    enterSession(client, session);
    router.history.replace('/');
  };
  const accept = useMutation({
    mutationFn: (form: FormData) =>
      call('acceptInvitation', {
        body: {
          token,
          password: String(form.get('password')),
          ...(hasAccount ? {} : { name: name.trim() }),
        },
      }),
    onSuccess: enter,
  });
  const already = accept.error instanceof CallFailed && accept.error.problem?.code === 'ALREADY_EXISTS';
  if (asksForCode(accept.error)) {
    return (
      <Door title={text.twoFactorSignIn.title} lead={text.twoFactorSignIn.lead}>
        <CodeForm invitation={token} onSession={enter} onAgain={accept.reset} />
      </Door>
    );
  }
  return (
    <Door title={join.title(tenantName)} lead={join.lead(frame.roles[role], email)}>
      {already ? (
        <EmptyState
          title={text.people.alreadyMember}
          help=""
          action={
            <Link to="/sign-in" className="link">
              {join.toSignIn}
            </Link>
          }
        />
      ) : (
        <form
          className={classes.form}
          onSubmit={(event) => {
            // Not the form's action, which would empty the fields after a refusal.
            event.preventDefault();
            accept.mutate(new FormData(event.currentTarget));
          }}
        >
          {/* For the browser's store of passwords, which keeps them by this field. */}
          <input type="hidden" autoComplete="username" value={email} readOnly />
          {hasAccount ? (
            <>
              <p>{join.existing}</p>
              <PasswordInput
                name="password"
                label={join.password}
                autoComplete="current-password"
                size="sm"
                required
                withAsterisk={false}
                autoFocus
              />
            </>
          ) : (
            <>
              <TextInput
                label={join.name}
                autoComplete="name"
                size="sm"
                maxLength={100}
                required
                withAsterisk={false}
                autoFocus
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <NewPassword name="password" label={join.newPassword} known={[name, email]} />
            </>
          )}
          <ErrorNote error={accept.error} />
          <Button type="submit" size="sm" loading={accept.isPending}>
            {join.submit(tenantName)}
          </Button>
        </form>
      )}
    </Door>
  );
}
