/**
 * What was scanned and not yet answered, in order. It outlives the page: what was scanned is sent even when the person walks
 * on, and waits out a server that cannot be reached. Each scan has a key of its own, so none is counted twice.
 */
import type { QueryClient } from '@tanstack/react-query';
import type { CountLine, PutCountLine } from '@tradepost/contracts';
import { CallFailed, call, newIdempotencyKey } from '../../api/call.ts';
import { createCoalescer } from '../../live/coalesce.ts';

const RETRY_MS = 2_000;

interface Entry extends PutCountLine {
  key: string;
}

export interface CountQueueState {
  /** Still to be answered. */
  waiting: number;
  /** The server cannot be reached, or is busy: trying again. */
  away: boolean;
  /** The line that was counted last. */
  last: CountLine | null;
  /** What was refused, newest first. */
  refused: readonly { key: string; code: string; error: CallFailed }[];
}

export interface CountQueue {
  put: (line: PutCountLine) => void;
  /** Shows a line of the sheet as if it had been counted last. */
  show: (line: CountLine | null) => void;
  dismiss: (key: string) => void;
  getState: () => CountQueueState;
  subscribe: (listener: () => void) => () => void;
}

/** `send` is the call; the test has its own. */
export function createCountQueue(
  send: (line: PutCountLine, key: string) => Promise<CountLine>,
  onCounted: (line: CountLine) => void,
): CountQueue {
  const entries: Entry[] = [];
  const listeners = new Set<() => void>();
  let state: CountQueueState = { waiting: 0, away: false, last: null, refused: [] };
  let sending = false;

  function set(change: Partial<CountQueueState>): void {
    state = { ...state, ...change, waiting: entries.length };
    for (const listener of listeners) listener();
  }

  async function drain(): Promise<void> {
    if (sending) return;
    sending = true;
    for (let entry = entries[0]; entry !== undefined; entry = entries[0]) {
      const { key, ...line } = entry;
      try {
        const counted = await send(line, key);
        entries.shift();
        set({ away: false, last: counted });
        onCounted(counted);
      } catch (error) {
        if (!(error instanceof CallFailed)) throw error;
        if (isPassing(error)) {
          set({ away: true });
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
          continue;
        }
        entries.shift();
        set({ away: false, refused: [{ key, code: line.code, error }, ...state.refused] });
      }
    }
    sending = false;
  }

  return {
    put: (line) => {
      entries.push({ ...line, key: newIdempotencyKey() });
      set({});
      void drain();
    },
    show: (last) => set({ last }),
    dismiss: (key) => set({ refused: state.refused.filter((each) => each.key !== key) }),
    getState: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Nobody answered, or somebody who asks to be asked again. */
function isPassing({ status, problem }: CallFailed): boolean {
  return problem === null || status >= 500 || status === 429 || problem.code === 'IDEMPOTENCY_IN_PROGRESS';
}

const queues = new Map<string, CountQueue>();

export function countQueueOf(countId: string, client: QueryClient): CountQueue {
  let queue = queues.get(countId);
  if (queue === undefined) {
    const later = createCoalescer(client);
    const params = { id: countId };
    queue = createCountQueue(
      (body, idempotencyKey) => call('putCountLine', { params, body }, { idempotencyKey }),
      () => {
        later.invalidate(['listCountLines', { params }]);
        later.invalidate(['getCount', { params }]);
      },
    );
    queues.set(countId, queue);
  }
  return queue;
}
