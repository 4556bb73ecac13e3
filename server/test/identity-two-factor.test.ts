/** Two-factor: turning it on and off, signing in with it, and guessing. */
import { Account, TwoFactorSetup } from '@tradepost/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  cookieHeader,
  type IdentityUnderTest,
  password,
  startIdentity,
  totpCode,
} from './factories/identity.ts';
import { useDatabase } from './support/database.ts';
import { bodyOf, json } from './support/http.ts';

const database = useDatabase();
let id: IdentityUnderTest;
beforeAll(async () => {
  id = await startIdentity(database.current);
});
afterAll(() => id?.stop());

const stepMs = 30_000;
/** The code after this one, which the server takes too: a test needs several and does not wait for the clock. */
const nextCode = (secret: string) => totpCode(secret, Date.now() + stepMs);

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { code: string }).code;
}

/** A person with two-factor on. The code of the present half minute is used up. */
async function makeProtected() {
  const person = await id.makePerson();
  const first = await id.signIn(person.email);
  const started = await first.send('POST', '/account/two-factor', { password });
  expect(started.status).toBe(201);
  const setup = await bodyOf(TwoFactorSetup, started);
  const code = totpCode(setup.secret);
  const confirmed = await first.send('POST', '/account/two-factor/confirm', { code });
  return { ...person, ...setup, code, first, signedIn: await id.signedInBy(confirmed) };
}

/** The first half of a sign-in. */
async function challenge(email: string) {
  const response = await id.http.call('/api/v1/session', json({ email, password }));
  expect({ status: response.status, code: await codeOf(response) }).toEqual({
    status: 401,
    code: 'TWO_FACTOR_REQUIRED',
  });
  const cookie = cookieHeader(response.headers.getSetCookie());
  return {
    cookie,
    answer: (proof: object) => id.http.call('/api/v1/session/two-factor', json(proof, { cookie })),
  };
}

describe('turning it on and off', () => {
  test('shows secret and recovery codes once, and is on from the first code', async () => {
    const person = await id.makePerson();
    const signedIn = await id.signIn(person.email);
    const started = await signedIn.send('POST', '/account/two-factor', { password });
    const setup = await bodyOf(TwoFactorSetup, started);
    expect(setup.uri).toMatch(/^otpauth:\/\/totp\/Tradepost/);
    expect(setup.recoveryCodes).toHaveLength(10);
    // Not confirmed: signing in needs no code yet.
    await id.signIn(person.email);
    const wrong = await signedIn.send('POST', '/account/two-factor/confirm', { code: '000000' });
    expect([wrong.status, await codeOf(wrong)]).toEqual([401, 'TWO_FACTOR_REFUSED']);
    const confirmed = await signedIn.send('POST', '/account/two-factor/confirm', {
      code: totpCode(setup.secret),
    });
    const next = await id.signedInBy(confirmed);
    expect(next.session.tenant).toEqual(signedIn.session.tenant);
    expect(await bodyOf(Account, await next.get('/account'))).toMatchObject({ twoFactor: true });
    expect((await signedIn.get('/session')).status).toBe(401);
  });

  test('a wrong password turns nothing on or off', async () => {
    const { signedIn, email } = await makeProtected();
    for (const [method, path] of [
      ['POST', '/account/two-factor'],
      ['DELETE', '/account/two-factor'],
    ] as const) {
      const refused = await signedIn.send(method, path, { password: 'wrong horse' });
      expect([refused.status, await codeOf(refused)]).toEqual([403, 'PASSWORD_REFUSED']);
    }
    await challenge(email);
  });

  test('it is begun and confirmed only when off, and turned off only when on', async () => {
    const { signedIn, email, secret } = await makeProtected();
    for (const [path, body] of [
      ['/account/two-factor', { password }],
      ['/account/two-factor/confirm', { code: nextCode(secret) }],
    ] as const) {
      expect(await codeOf(await signedIn.send('POST', path, body))).toBe('STATE_CONFLICT');
    }
    const off = await id.signedInBy(await signedIn.send('DELETE', '/account/two-factor', { password }));
    expect(await codeOf(await off.send('DELETE', '/account/two-factor', { password }))).toBe(
      'STATE_CONFLICT',
    );
    expect(await codeOf(await off.send('POST', '/account/two-factor/confirm', { code: '123456' }))).toBe(
      'STATE_CONFLICT',
    );
    await id.signIn(email);
  });
});

describe('signing in with it', () => {
  test('the password alone begins no session', async () => {
    const { email } = await makeProtected();
    const { cookie } = await challenge(email);
    expect((await id.http.call('/api/v1/session', { headers: { cookie } })).status).toBe(401);
  });

  test('a code completes it once: not again, not in another challenge, not twice at once', async () => {
    const { email, secret, code } = await makeProtected();
    const replayed = await challenge(email);
    expect(await codeOf(await replayed.answer({ code }))).toBe('TWO_FACTOR_REFUSED');
    const fresh = nextCode(secret);
    const [one, two] = [await challenge(email), await challenge(email)];
    const answers = await Promise.all([one.answer({ code: fresh }), two.answer({ code: fresh })]);
    expect(answers.map((a) => a.status).sort()).toEqual([200, 401]);
    const won = await id.signedInBy(answers.find((a) => a.status === 200)!);
    expect((await won.get('/session')).status).toBe(200);
    expect((await one.answer({ code: fresh })).status).toBe(401);
  });

  test('a recovery code completes it once', async () => {
    const { email, recoveryCodes } = await makeProtected();
    const proof = { recoveryCode: recoveryCodes[3]! };
    const signedIn = await id.signedInBy(await (await challenge(email)).answer(proof));
    expect((await signedIn.get('/session')).status).toBe(200);
    expect(await codeOf(await (await challenge(email)).answer(proof))).toBe('TWO_FACTOR_REFUSED');
  });

  test('after five wrong codes the challenge takes none, right ones included', async () => {
    const { email, recoveryCodes } = await makeProtected();
    const { answer } = await challenge(email);
    for (let i = 0; i < 5; i++) expect((await answer({ code: `00000${i}` })).status).toBe(401);
    expect((await answer({ recoveryCode: recoveryCodes[0]! })).status).toBe(401);
    await id.signedInBy(await (await challenge(email)).answer({ recoveryCode: recoveryCodes[0]! }));
  });

  test('ten wrong codes in a row close the account to codes for a while, over any number of challenges', async () => {
    const { email, recoveryCodes } = await makeProtected();
    for (const round of [0, 1]) {
      const { answer } = await challenge(email);
      for (let i = 0; i < 5; i++) await answer({ code: `0000${round}${i}` });
    }
    const locked = await (await challenge(email)).answer({ recoveryCode: recoveryCodes[0]! });
    expect([locked.status, locked.headers.get('retry-after')]).toEqual([429, '900']);
  });

  test('a challenge that nobody began, or that was tampered with, is refused', async () => {
    const { email, recoveryCodes } = await makeProtected();
    const proof = { recoveryCode: recoveryCodes[0]! };
    const { cookie } = await challenge(email);
    const forged = cookie.replace(/(two_factor=2fa-[^.]+)\..*/, '$1.AAAA');
    for (const sent of ['', 'tradepost.two_factor=2fa-x.y', forged]) {
      const refused = await id.http.call('/api/v1/session/two-factor', json(proof, { cookie: sent }));
      expect([refused.status, await codeOf(refused)]).toEqual([401, 'TWO_FACTOR_REFUSED']);
    }
  });
});
