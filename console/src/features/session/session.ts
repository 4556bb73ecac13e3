/** Who is signed in, where, and what they may: one query that the whole console hangs from. */
import { type QueryClient, useQuery } from '@tanstack/react-query';
import type { Permission, Session } from '@tradepost/contracts';
import { call } from '../../api/call.ts';
import { query } from '../../api/queries.ts';
import { keepFor } from '../../preferences/kept.ts';

export const sessionQuery = {
  ...query('getSession', {}),
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Session> => {
    const session = await call('getSession', {}, { signal });
    keepFor(session.user.id);
    return session;
  },
  staleTime: 5 * 60_000,
};

export function readSession(client: QueryClient): Session | undefined {
  return client.getQueryData<Session>(sessionQuery.queryKey);
}

/** After a sign-in or a change of shop nothing cached belongs to whom it is shown. */
export function enterSession(client: QueryClient, session: Session): void {
  client.clear();
  keepFor(session.user.id);
  client.setQueryData(sessionQuery.queryKey, session);
}

/** The present session. Only below the frame, which is not shown without one. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  if (data === undefined) throw new Error('useSession outside of the signed-in frame');
  return data;
}

export function useCan(permission: Permission): boolean {
  return useSession().permissions.includes(permission);
}
