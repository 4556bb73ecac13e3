import { expect, test } from 'vitest';
import { createLogger } from '#platform/telemetry';

test('secrets, statements and rows stay out of the log', () => {
  const lines: string[] = [];
  const log = createLogger(
    { level: 'info', environment: 'test' },
    { write: (line) => void lines.push(line) },
  );
  const databaseError = Object.assign(new Error('duplicate key'), {
    code: '23505',
    constraint: 'api_key_hash_key',
    detail: 'Key (hash)=(hunter2) already exists.',
    parameters: ['hunter2'],
  });
  log.error(
    {
      err: databaseError,
      authorization: 'Bearer hunter2',
      body: { password: 'hunter2', token: 'hunter2' },
      req: { headers: { cookie: 'hunter2', authorization: 'hunter2', 'x-csrf-token': 'hunter2' } },
    },
    'failed',
  );
  expect(lines.join()).toContain('[hidden]');
  expect(lines.join()).not.toContain('hunter2');
  expect(JSON.parse(lines[0]!)).toMatchObject({
    err: { code: '23505', constraint: 'api_key_hash_key' },
    msg: 'failed',
  });
});
