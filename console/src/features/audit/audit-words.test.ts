import type { AuditEntry } from '@tradepost/contracts';
import { expect, test } from 'vitest';
import { en } from '../../i18n/en.ts';
import { createFormats } from '../../i18n/formats.ts';
import { ro } from '../../i18n/ro.ts';
import { createAuditWords } from './audit-words.ts';

const english = createAuditWords(en, createFormats('en-GB', en.time), 'RON');
const romanian = createAuditWords(ro, createFormats('ro-RO', ro.time), 'RON');

function entry(part: Partial<AuditEntry>): AuditEntry {
  return {
    id: '1',
    at: '2026-03-01T10:00:00.000Z',
    actor: 'user:018f0000-0000-7000-8000-000000000000',
    actorName: 'Ana',
    action: 'update',
    entity: 'product',
    entityId: '018f0000-0000-7000-8000-000000000001',
    entityName: 'Chai',
    before: null,
    after: null,
    requestId: null,
    ...part,
  };
}

const plain = (words: string | null) => words?.replaceAll('\u00a0', ' ');

test('one changed field is told from what to what, money with its currency', () => {
  const change = entry({ entity: 'variant', before: { price_minor: 1000 }, after: { price_minor: 1200 } });
  expect(english.sentence(change).text).toBe('changed price of variant Chai');
  expect(plain(english.sentence(change).change)).toBe('RON 10.00 → RON 12.00');
  expect(plain(romanian.sentence(change).change)).toBe('10,00 RON → 12,00 RON');
});

test('several changed fields are named', () => {
  const change = entry({ before: { name: 'a', status: 'draft' }, after: { name: 'b', status: 'active' } });
  expect(english.sentence(change)).toEqual({ text: 'changed product Chai', change: 'Name, Status' });
});

test('a deletion that can be taken back reads as one', () => {
  const gone = entry({ before: { deleted_at: null }, after: { deleted_at: '2026-03-01T10:00:00+00:00' } });
  expect(english.sentence(gone).text).toBe('deleted product Chai');
  const back = entry({ before: gone.after, after: { deleted_at: null } });
  expect(english.sentence(back).text).toBe('restored product Chai');
});

test('a secret is not told, a refused sign-in is not the person’s own', () => {
  const password = entry({
    entity: 'password',
    before: { password: 'redacted' },
    after: { password: 'redacted' },
  });
  expect(english.sentence(password)).toEqual({ text: 'changed password of Chai', change: null });
  const refused = entry({
    actor: 'system',
    actorName: null,
    action: 'insert',
    entity: 'sign_in',
    after: { outcome: 'password_refused' },
  });
  expect(`${english.actor(refused)} ${english.sentence(refused).text}`).toBe(
    'The system refused a sign-in as Chai',
  );
});

test('what is gone is named as the log has it', () => {
  const gone = entry({
    action: 'delete',
    entity: 'api_key',
    entityName: null,
    before: { name: 'Shop front' },
  });
  expect(english.sentence(gone).text).toBe('deleted API key Shop front');
});
