import { describe, expect, it } from 'vitest';
import { SignInAttempts, signInLimits } from '../../broker/sign-in-attempts.ts';
import {
  adminToken,
  asAdmin,
  asDevice,
  connectClient,
  refusalCode,
  startBroker,
} from './harness.ts';

type From = Parameters<SignInAttempts['limit']>[0];
const from = (address: string) => ({ conn: { remoteAddress: address } }) as unknown as From;
const wrong = () => undefined;
const admin = () => ({ kind: 'admin' }) as const;

describe('guessing at sign-in', () => {
  it('is turned away after some failures of an address, and the admin token is not even compared', async () => {
    const compared: string[] = [];
    const test = await startBroker({
      deps: {
        verifyAdmin: (token) => {
          compared.push(token);
          return token === adminToken;
        },
      },
    });
    const guess = () => refusalCode(test, { username: 'admin', password: 'guess' });
    for (let count = 0; count < signInLimits.perAddress; count++) expect(await guess()).toBe(4);
    expect(await guess()).toBe(3);
    expect(compared).toHaveLength(signInLimits.perAddress);
    expect(await refusalCode(test, asAdmin)).toBe(3);
    expect(await test.refused('too-many-attempts')).toBe(2);
    expect(await test.refused('bad-credentials')).toBe(signInLimits.perAddress);
  });

  it('never keeps a device with its right token out', async () => {
    const test = await startBroker();
    for (let count = 0; count <= signInLimits.perAddress; count++)
      await refusalCode(test, { username: 'umwelt/a1', password: 'guess' });
    expect(await refusalCode(test, { username: 'umwelt/a1', password: 'guess' })).toBe(3);
    expect((await connectClient(test, asDevice(test))).connected).toBe(true);
  });

  it('ends after a minute, and is counted per address', () => {
    let now = 0;
    const attempts = new SignInAttempts(() => now);
    for (let count = 0; count < signInLimits.perAddress; count++)
      expect(attempts.limit(from('a'), 'admin', wrong)).toBeUndefined();
    expect(attempts.limit(from('a'), 'admin', admin)).toBe('too-many-attempts');
    expect(attempts.limit(from('b'), 'admin', admin)).toEqual({ kind: 'admin' });
    now += 60_000;
    expect(attempts.limit(from('a'), 'admin', admin)).toEqual({ kind: 'admin' });
  });

  it('from many addresses is limited per account, save for an address that is known', () => {
    const attempts = new SignInAttempts(() => 0);
    attempts.limit(from('office'), 'admin', admin);
    for (let count = 0; count < signInLimits.perAccount; count++)
      expect(attempts.limit(from(`bot-${count}`), 'admin', wrong)).toBeUndefined();
    expect(attempts.limit(from('new-bot'), 'admin', admin)).toBe('too-many-attempts');
    expect(attempts.limit(from('office'), 'admin', admin)).toEqual({ kind: 'admin' });
  });

  it('is remembered for a bounded number of addresses', () => {
    const attempts = new SignInAttempts(() => 0);
    for (let count = 0; count <= signInLimits.perAddress; count++)
      attempts.limit(from('first'), 'x', wrong);
    expect(attempts.limit(from('first'), 'y', wrong)).toBe('too-many-attempts');
    for (let count = 0; count < signInLimits.rememberedMax; count++)
      attempts.limit(from(`a${count}`), `n${count}`, wrong);
    expect(attempts.limit(from('first'), 'z', wrong)).toBeUndefined();
  });
});
