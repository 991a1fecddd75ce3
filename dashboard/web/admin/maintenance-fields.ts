import { kinds } from '../state/view.ts';
import type { FieldSpec } from './fields.ts';

/** Whom a maintenance window is about. */
export const scopeFields: readonly FieldSpec[] = [
  { path: 'scope.devices', input: 'list' },
  { path: 'scope.groups', input: 'list' },
  { path: 'scope.providers', input: 'list' },
  { path: 'scope.kinds', input: 'many', options: kinds },
];

/** `2026-11-30T14:00` as the browser's own field has it, in civil time here; undefined when it says nothing. */
export function instantOf(text: string): number | undefined {
  const at = new Date(text).getTime();
  return Number.isNaN(at) ? undefined : at;
}

/** The other way round. */
export function localText(at: number): string {
  const date = new Date(at);
  const local = new Date(at - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
