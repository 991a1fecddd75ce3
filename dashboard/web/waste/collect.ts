import type { Session } from '../../../broker/contract/api.ts';

/** Who may report what a crew found; the server says so too. */
export function mayCollect(role: Session['role']): boolean {
  return role === 'operator' || role === 'admin';
}
