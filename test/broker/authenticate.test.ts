import { describe, expect, it } from 'vitest';
import { authenticate, type SignInRules } from '../../broker/authenticate.ts';
import type { Account } from '../../broker/contract/access.ts';

const accounts: Record<string, Account> = {
  'token-p': { kind: 'provider', provider: 'p' },
  'token-p-a': { kind: 'device', device: 'p/a' },
  'token-olga': { kind: 'operator', name: 'olga' },
};
const rules: SignInRules = {
  registry: { accountOf: (token) => accounts[token] },
  enrolment: 'provider',
  verifyAdmin: (token) => token === 'token-admin',
};

describe('authenticate', () => {
  it.each([
    ['p', 'token-p', 'provider'],
    ['p/a', 'token-p-a', 'device'],
    ['admin', 'token-admin', 'admin'],
    ['p', 'token-p-a', undefined],
    ['p', 'token-admin', undefined],
    ['p', 'wrong', undefined],
    ['p', '', undefined],
    ['p', undefined, undefined],
    ['p/a', 'token-p', undefined],
    ['p/b', 'token-p-a', undefined],
    ['q', 'token-p', undefined],
    ['admin', 'token-p', undefined],
    ['admin', '', undefined],
    ['olga', 'token-olga', undefined],
    ['', 'token-p', undefined],
    [undefined, 'token-p', undefined],
    [undefined, undefined, undefined],
    ['', '', undefined],
  ])('%j with %j is %j', (username, password, kind) => {
    expect(authenticate({ username, password }, rules)?.kind).toBe(kind);
  });

  it.each([
    [undefined, undefined, 'anonymous'],
    ['', '', 'anonymous'],
    ['', 'token-p', undefined],
    ['p', 'token-p', 'provider'],
    ['p', 'wrong', undefined],
    ['admin', undefined, undefined],
  ])('under ENROLMENT=open %j with %j is %j', (username, password, kind) => {
    const open: SignInRules = { ...rules, enrolment: 'open' };
    expect(authenticate({ username, password }, open)?.kind).toBe(kind);
  });
});
