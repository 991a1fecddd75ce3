import { priorities } from '../state/view.ts';
import type { FieldSpec } from './fields.ts';

export const targetKinds = ['webhook', 'email'] as const;
export type TargetKind = (typeof targetKinds)[number];

const shared: readonly FieldSpec[] = [
  { path: 'name', input: 'text', required: true },
  { path: 'priorityMin', input: 'choice', options: priorities, required: true },
];

const flags: readonly FieldSpec[] = [
  { path: 'enabled', input: 'flag' },
  { path: 'all', input: 'flag' },
  { path: 'onCleared', input: 'flag' },
];

/** What a target of a kind is asked for. A secret that is left empty stays as it was. */
export const targetFields: Readonly<Record<TargetKind, readonly FieldSpec[]>> = {
  webhook: [
    ...shared,
    { path: 'url', input: 'text', required: true },
    { path: 'secret', input: 'text' },
    ...flags,
  ],
  email: [...shared, { path: 'to', input: 'list', required: true }, ...flags],
};
