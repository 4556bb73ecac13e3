/** Callers that each wait for their answer before they call again. */
import { setTimeout as delay } from 'node:timers/promises';

const warmUpMs = 500;

/** Completed calls a second. `call` gets a number that spreads the callers over what they call for; it throws to end the run. */
export async function callsPerSecond(
  { callers, seconds }: { callers: number; seconds: number },
  call: (n: number) => Promise<unknown>,
): Promise<number> {
  let done = 0;
  let counting = false;
  let stop = false;
  const all = Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let n = caller; !stop; n += 7919) {
        await call(n);
        if (counting) done++;
      }
    }),
  );
  const wait = (ms: number) => Promise.race([delay(ms), all]);
  await wait(warmUpMs);
  counting = true;
  const begun = performance.now();
  await wait(seconds * 1000);
  counting = false;
  const tookSeconds = (performance.now() - begun) / 1000;
  stop = true;
  await all;
  return done / tookSeconds;
}
