import type { Case } from '../script.ts';
import { connecting } from './connecting.ts';
import { framing } from './framing.ts';
import { publishing } from './publishing.ts';
import { retained } from './retained.ts';
import { willsAndSessions } from './sessions.ts';
import { subscribing } from './subscribing.ts';

/** All cases, by chapter. */
export const table: readonly Case[] = [
  ...framing,
  ...connecting,
  ...willsAndSessions,
  ...publishing,
  ...retained,
  ...subscribing,
];

/** How a case is called: in test names, in the report, in the list of deviations. */
export const nameOf = ({ id, what }: Case): string => `${id} ${what}`;
