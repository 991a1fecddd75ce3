import type { Role } from '../../../broker/contract/access.ts';

/** What there is to administer, and who may; the server holds to it, this only shows what makes sense. */
const roles = {
  rules: ['operator', 'admin'],
  maintenance: ['operator', 'admin'],
  devices: ['provider', 'admin'],
  providers: ['admin'],
  operators: ['admin'],
  targets: ['admin'],
  jobs: ['operator', 'admin'],
  audit: ['admin'],
} as const satisfies Readonly<Record<string, readonly Role[]>>;

export type AdminTab = keyof typeof roles;

/** The tabs of a role, in their order; none for the public. */
export function tabsOf(role: Role): AdminTab[] {
  const names = Object.keys(roles) as AdminTab[];
  return names.filter((name) => (roles[name] as readonly Role[]).includes(role));
}
