/** What asks the process to stop. */

/** A terminal, a supervisor and npm may all pass on one wish. */
const sameWishMs = 500;
const parentLookMs = 1000;

/**
 * Aborts at SIGINT, SIGTERM or SIGHUP, and when the process `parentPid` is gone. A second signal ends the process at
 * once; an embedded database then stays behind and is taken over by the next start.
 */
export function listenForStop(parentPid: number | null, say: (line: string) => void): AbortSignal {
  const stop = new AbortController();
  let askedAtMs = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) {
        askedAtMs = performance.now();
        say('Stopping. A second signal ends it at once.');
        stop.abort();
      } else if (performance.now() - askedAtMs > sameWishMs) {
        process.exit(1);
      }
    });
  }
  if (parentPid !== null) {
    const timer = setInterval(() => {
      if (isAlive(parentPid)) return;
      clearInterval(timer);
      stop.abort();
    }, parentLookMs);
    timer.unref();
  }
  return stop.signal;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
