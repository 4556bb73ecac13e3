/** The parts of the process and their state, as `/health` shows them. */

export interface PartState {
  status: 'ok' | 'degraded' | 'down';
  /** For people; no internals, no secrets. */
  detail?: string;
  [figure: string]: unknown;
}

export type HealthCheck = () => Promise<PartState>;

const checkTimeoutMs = 2000;
const reportKeptMs = 1000;

interface HealthReport {
  status: 'ok' | 'degraded' | 'down';
  parts: Record<string, PartState>;
}

/** Asks every part at once. One that fails or takes longer than 2 s is down. */
async function checkHealth(parts: ReadonlyMap<string, HealthCheck>): Promise<HealthReport> {
  const states = await Promise.all(
    [...parts].map(async ([name, check]) => [name, await checkPart(check)] as const),
  );
  const worst = (['down', 'degraded'] as const).find((s) => states.some(([, part]) => part.status === s));
  return { status: worst ?? 'ok', parts: Object.fromEntries(states) };
}

/** The report of the last second: however many ask, the parts are asked once at a time. */
export function cachedHealth(parts: ReadonlyMap<string, HealthCheck>): () => Promise<HealthReport> {
  let last: Promise<HealthReport> | undefined;
  let madeAtMs = 0;
  return () => {
    if (last === undefined || performance.now() - madeAtMs > reportKeptMs) {
      // While it is made it is always the one to wait for.
      madeAtMs = Infinity;
      last = checkHealth(parts).finally(() => {
        madeAtMs = performance.now();
      });
    }
    return last;
  };
}

async function checkPart(check: HealthCheck): Promise<PartState> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<PartState>((resolve) => {
    timer = setTimeout(() => resolve({ status: 'down', detail: 'no answer within 2 s' }), checkTimeoutMs);
  });
  try {
    return await Promise.race([check(), late]);
  } catch {
    return { status: 'down', detail: 'the check failed; the log says why' };
  } finally {
    clearTimeout(timer);
  }
}
