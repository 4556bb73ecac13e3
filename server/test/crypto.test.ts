import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hmacSha256, newId } from '#platform/crypto';

test('ids are version 7 UUIDs that sort in the order they were made, also many thousand in a millisecond', () => {
  const beganMs = Date.now();
  const ids = Array.from({ length: 50_000 }, () => newId());
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids.map((id) => id.slice(19))).size).toBe(ids.length);
  const timeMs = Number.parseInt(newId().replace('-', '').slice(0, 12), 16);
  // Time is borrowed ahead by a millisecond for each 4,096 of them.
  expect(timeMs - beganMs).toBeGreaterThanOrEqual(0);
  expect(timeMs - Date.now()).toBeLessThan(50);
});

test('our HMAC is the one of OpenSSL, for keys shorter and longer than a block', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 150 }), fc.string({ unit: 'grapheme' }), (bytes, text) => {
      const key = Buffer.from(bytes);
      expect(hmacSha256(key)(text).toString('hex')).toBe(
        createHmac('sha256', key).update(text).digest('hex'),
      );
    }),
  );
});
