/** Keeps the live connection open while someone is signed in, and feeds its events to the caches in small batches. */
import { notifyManager, type QueryClient, useQueryClient } from '@tanstack/react-query';
import type { EventFrame } from '@tradepost/contracts';
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { CallFailed, call, signedOut } from '../api/call.ts';
import { query } from '../api/queries.ts';
import { applyEvent } from './apply-event.ts';
import { createCoalescer } from './coalesce.ts';
import { createLive, type Live, type LiveState } from './socket.ts';

/** Events are gathered this long, so that a hundred of them render once. Far below what a person sees as delay. */
const BATCH_MS = 60;

const LiveContext = createContext<Live | null>(null);

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [live] = useState(() => connectLive(client));
  useEffect(() => {
    live.start();
    const nudge = () => document.visibilityState === 'visible' && live.nudge();
    window.addEventListener('online', nudge);
    document.addEventListener('visibilitychange', nudge);
    return () => {
      live.stop();
      window.removeEventListener('online', nudge);
      document.removeEventListener('visibilitychange', nudge);
    };
  }, [live]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

function connectLive(client: QueryClient): Live {
  const later = createCoalescer(client);
  let batch: EventFrame[] = [];
  function flush(): void {
    const frames = batch;
    batch = [];
    notifyManager.batch(() => {
      for (const frame of frames) applyEvent(frame, client, later);
    });
  }
  return createLive({
    getToken: async () => (await call('createRealtimeToken', {})).token,
    openSocket: (path) => new WebSocket(path),
    onEvent: (frame) => {
      if (batch.length === 0) setTimeout(flush, BATCH_MS);
      batch.push(frame);
    },
    // The session is who one is, not what happened: it alone survives a gap.
    onMissed: () =>
      void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'getSession' }),
    onCredentialEnded: async () => {
      await mutationsAnswered(client);
      try {
        // What may be done now hangs from it, so it is read before anything else.
        await client.fetchQuery({ ...query('getSession', {}), staleTime: 0 });
        return true;
      } catch (error) {
        // A server that cannot be reached says nothing about the session.
        if (!(error instanceof CallFailed) || error.status !== 401) return true;
        signedOut();
        return false;
      }
    },
  });
}

/** The socket may hear that a session was replaced before the answer that brings its successor's cookie is here. */
function mutationsAnswered(client: QueryClient): Promise<void> {
  return new Promise((resolve) => {
    if (client.isMutating() === 0) return resolve();
    const unsubscribe = client.getMutationCache().subscribe(() => {
      if (client.isMutating() > 0) return;
      unsubscribe();
      resolve();
    });
  });
}

export function useLiveState(): LiveState {
  const live = useContext(LiveContext);
  if (live === null) throw new Error('useLiveState needs a LiveProvider');
  return useSyncExternalStore(live.subscribe, live.getState);
}
