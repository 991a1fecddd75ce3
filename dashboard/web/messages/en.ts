import type { Messages } from './catalogue.ts';
import { enFirst } from './en/first.ts';
import { enLater } from './en/later.ts';

/** English. */
export const en: Messages = { ...enFirst, ...enLater };
