import { describe, expect, test } from 'vitest';
import { en } from './en.ts';
import { createFormats } from './formats.ts';
import { ro } from './ro.ts';

const english = createFormats('en-GB', en.time);
const romanian = createFormats('ro-RO', ro.time);

/** Intl puts no-break spaces between figure and word. */
const plain = (text: string) => text.replaceAll(/\s/g, ' ');

describe('money', () => {
  test('is shown in units of its currency, whatever its number of decimals', () => {
    expect(plain(english.money(199_905, 'RON'))).toBe('RON 1,999.05');
    expect(plain(romanian.money(199_905, 'RON'))).toBe('1.999,05 RON');
    expect(plain(english.money(500, 'JPY'))).toBe('JPY 500');
  });
});

describe('relative times', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  const ago = (seconds: number) => english.relative(new Date(now.getTime() - seconds * 1_000), now);

  test('name the largest unit that is full', () => {
    expect(ago(2)).toBe('just now');
    expect(ago(43)).toBe('40 sec ago');
    expect(ago(59.9)).toBe('55 sec ago');
    expect(ago(60)).toBe('1 min ago');
    expect(ago(3_599)).toBe('59 min ago');
    expect(ago(86_400)).toBe('1 day ago');
  });

  test('look ahead, too', () => {
    expect(ago(-600)).toBe('in 10 min');
  });
});

describe('counted words', () => {
  test('follow the rules of Romanian', () => {
    expect(ro.today.inTheHour(1)).toBe('1 comandă în ultima oră');
    expect(ro.today.inTheHour(2)).toBe('2 comenzi în ultima oră');
    expect(ro.today.inTheHour(20)).toBe('20 de comenzi în ultima oră');
    expect(ro.today.inTheHour(101)).toBe('101 comenzi în ultima oră');
  });
});

describe('instants', () => {
  const at = new Date('2026-03-29T00:30:00Z');
  const inBucharest = createFormats('en-GB', en.time, { timeZone: 'Europe/Bucharest' });

  test('follow the zone chosen, through the night in which its clocks go forward', () => {
    expect(plain(inBucharest.clock(at))).toBe('02:30');
    expect(plain(inBucharest.clock(new Date(at.getTime() + 3_600_000)))).toBe('04:30');
    expect(plain(inBucharest.date(new Date('2026-03-01T22:30:00Z')))).toBe('2 Mar 2026');
  });

  test('are said in UTC, too, unless that is the zone', () => {
    expect(plain(inBucharest.exactWithUtc(at))).toBe('29 Mar 2026, 02:30:00 EET 29 Mar 2026, 00:30:00 UTC');
    const inUtc = createFormats('en-GB', en.time, { timeZone: 'UTC' });
    expect(plain(inUtc.exactWithUtc(at))).toBe('29 Mar 2026, 00:30:00 UTC');
  });

  test('take the clock of 12 or 24 hours over the habit of the language', () => {
    const twelve = createFormats('ro-RO', ro.time, { timeZone: 'UTC', hourCycle: 'h12' });
    expect(plain(twelve.clock(new Date('2026-03-01T15:05:00Z')))).toMatch(/^0?3:05 p\.?m\.?$/i);
    const full = createFormats('en-US', en.time, { timeZone: 'UTC', hourCycle: 'h23' });
    expect(plain(full.clock(new Date('2026-03-01T15:05:00Z')))).toBe('15:05');
    expect(plain(full.clock(new Date('2026-03-01T00:05:00Z')))).toBe('00:05');
  });
});
