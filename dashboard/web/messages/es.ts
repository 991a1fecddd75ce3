import type { Messages } from './catalogue.ts';
import { esFirst } from './es/first.ts';
import { esLater } from './es/later.ts';

/** Spanish. */
export const es: Messages = { ...esFirst, ...esLater };
