import { expect, test } from 'vitest';
import { deviceWords } from './device.ts';

const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';

test.for([
  [
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0 Safari/537.36 Edg/140.0`,
    'Edge · Windows',
  ],
  [`Mozilla/5.0 (X11; Linux x86_64) ${webkit} Chrome/140.0 Safari/537.36`, 'Chrome · Linux'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) Version/18 Safari/605.1.15', 'Safari · macOS'],
  ['Mozilla/5.0 (Linux; Android 15) Gecko/1 Firefox/143.0', 'Firefox · Android'],
  ['curl/8.14.1', 'curl'],
])('%s is %s', ([userAgent, words]) => {
  expect(deviceWords(userAgent!)).toBe(words);
});

test('no User-Agent has no name', () => {
  expect(deviceWords(null)).toBeNull();
});
