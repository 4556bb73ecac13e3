import { expect, test } from 'vitest';
import { takeTurns } from './take-turns.ts';

test('ten who ask while one is read share the next, which begins after they asked; lanes do not wait for each other', async () => {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const read = takeTurns(
    (args: { lane: string; name: string }) => args.lane,
    ({ name }) => name,
    ({ lane, name }) => {
      begun.push(lane + name);
      return new Promise<number>((end) => ends.push(() => end(begun.length)));
    },
  );
  const first = read({ lane: 'a', name: '1' });
  await Promise.resolve();
  expect(begun).toEqual(['a1']);
  const later = Array.from({ length: 10 }, () => read({ lane: 'a', name: '1' }));
  const other = read({ lane: 'b', name: '1' });
  await Promise.resolve();
  expect(begun).toEqual(['a1', 'b1']);
  for (const end of ends.splice(0)) end();
  expect(await first).toBe(2);
  await other;
  await expect.poll(() => begun).toEqual(['a1', 'b1', 'a1']);
  for (const end of ends.splice(0)) end();
  expect(await Promise.all(later)).toEqual(Array(10).fill(3));
});

test('one that fails lets the next go on', async () => {
  let tries = 0;
  const read = takeTurns(
    () => 'a',
    String,
    async (n: number) => {
      if (++tries === 1) throw new Error('away');
      return n;
    },
  );
  const [failed, next] = await Promise.allSettled([read(1), read(2)]);
  expect(failed.status).toBe('rejected');
  expect(next).toEqual({ status: 'fulfilled', value: 2 });
});
