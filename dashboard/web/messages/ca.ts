import { caFirst } from './ca/first.ts';
import { caLater } from './ca/later.ts';
import type { Messages } from './catalogue.ts';

/** Catalan. */
export const ca: Messages = { ...caFirst, ...caLater };
