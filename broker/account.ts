import type { Account } from './contract/access.ts';

/** One text per account: key of maps, and what logs call it. Never holds anything secret. */
export function accountKey(account: Account): string {
  switch (account.kind) {
    case 'provider':
      return `provider:${account.provider}`;
    case 'device':
      return `device:${account.device}`;
    case 'operator':
      return `operator:${account.name}`;
    default:
      return account.kind;
  }
}
