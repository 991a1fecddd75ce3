import type { Account, Enrolment } from './contract/access.ts';
import type { Registry } from './contract/registry.ts';

/** User name and password of a CONNECT; an empty user name counts as none. */
export interface Credentials {
  username: string | undefined;
  password: string | undefined;
}

export interface SignInRules {
  registry: Pick<Registry, 'accountOf'>;
  enrolment: Enrolment;
  /** Compares in constant time. */
  verifyAdmin: (token: string) => boolean;
}

/**
 * The account that credentials stand for, or undefined when they are wrong:
 * `<provider>` with the provider's token, `<provider>/<device>` with the device's, `admin` with the
 * admin token, and nobody at all under `ENROLMENT=open`. A token only counts together with the name
 * that it was issued to.
 */
export function authenticate(
  { username, password }: Credentials,
  rules: SignInRules,
): Account | undefined {
  if (!username) {
    const mayBeNobody = rules.enrolment === 'open' && !password;
    return mayBeNobody ? { kind: 'anonymous' } : undefined;
  }
  if (!password) return undefined;
  if (username === 'admin') return rules.verifyAdmin(password) ? { kind: 'admin' } : undefined;
  const account = rules.registry.accountOf(password);
  return account && userNameOf(account) === username ? account : undefined;
}

function userNameOf(account: Account): string | undefined {
  if (account.kind === 'provider') return account.provider;
  if (account.kind === 'device') return account.device;
  return undefined;
}
