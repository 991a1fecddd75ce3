import { deFirst } from './de/first.ts';
import { deLater } from './de/later.ts';

/** German, and the type of all catalogues. */
export const de = { ...deFirst, ...deLater };
