import { Button } from '@mantine/core';
import { Link, useRouter } from '@tanstack/react-router';
import { CallFailed } from '../../api/call.ts';
import { reloadIfServed } from '../../api/reload.ts';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { useText } from '../../i18n/locale.tsx';

/** Shown in a page's place when it failed; the frame around it stays. */
export function BrokenPage({ error }: { error: unknown }) {
  const text = useText();
  const router = useRouter();
  if (error instanceof CallFailed)
    return <ErrorState error={error} onRetry={() => void router.invalidate()} />;
  return (
    <EmptyState
      title={text.problems.page.title}
      help={text.problems.page.help}
      action={
        <Button variant="default" onClick={() => void reloadIfServed()}>
          {text.actions.reload}
        </Button>
      }
    />
  );
}

export function MissingPage() {
  const text = useText();
  return (
    <Page title={text.problems.noPage.title}>
      <EmptyState
        title={text.problems.noPage.title}
        help={text.problems.noPage.help}
        action={
          <Link to="/" className="link">
            {text.problems.noPage.action}
          </Link>
        }
      />
    </Page>
  );
}
