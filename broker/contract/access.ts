import type { DeviceKey } from './ids.ts';

/** What the API knows a caller as. Each role may do what the one before may, and more. */
export const roles = ['public', 'provider', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Whom a token belongs to. */
export type Account =
  | { kind: 'admin' }
  | { kind: 'operator'; name: string }
  | { kind: 'provider'; provider: string }
  | { kind: 'device'; device: DeviceKey }
  /** No token, let in by `ENROLMENT=open`. */
  | { kind: 'anonymous' };

/** One text per account: what logs, audits and maps call it. Never holds anything secret. */
export function accountName(account: Account): string {
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

export const enrolments = ['closed', 'provider', 'open'] as const;
/** Who may bring new devices; see the environment table in the README. */
export type Enrolment = (typeof enrolments)[number];
