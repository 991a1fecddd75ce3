import type { Language } from '../../../broker/contract/metrics.ts';
import type { deFirst } from './de/first.ts';
import type { deLater } from './de/later.ts';
import type { de } from './de.ts';

/** What every language must say. A key that is missing, or a sentence of another form, does not compile. */
export type Messages = typeof de;

/** What is there from the beginning; the rest of {@link Messages} comes with {@link later}. */
type First = typeof deFirst;
type Later = typeof deLater;

/**
 * The languages, each two chunks, loaded when wanted. A further one is two files of these types and a line here and
 * below; what the contract has words for must be there.
 */
export const catalogues = {
  de: async (): Promise<First> => (await import('./de/first.ts')).deFirst,
  en: async (): Promise<First> => (await import('./en/first.ts')).enFirst,
  ca: async (): Promise<First> => (await import('./ca/first.ts')).caFirst,
  es: async (): Promise<First> => (await import('./es/first.ts')).esFirst,
} satisfies Record<Language, () => Promise<First>>;

/** What the screens beside the overview say. */
export const later = {
  de: async (): Promise<Later> => (await import('./de/later.ts')).deLater,
  en: async (): Promise<Later> => (await import('./en/later.ts')).enLater,
  ca: async (): Promise<Later> => (await import('./ca/later.ts')).caLater,
  es: async (): Promise<Later> => (await import('./es/later.ts')).esLater,
} satisfies Record<Language, () => Promise<Later>>;

export type Available = keyof typeof catalogues;

export const available = Object.keys(catalogues) as Available[];

/** The names of the languages in themselves, for the switch: no other catalogue is loaded for it. */
export const languageNames: Readonly<Record<Language, string>> = {
  de: 'Deutsch',
  en: 'English',
  ca: 'Català',
  es: 'Español',
};

/** The first wanted language that there is; German when there is none, as the city's own. */
export function chooseLanguage(wanted: readonly (string | null | undefined)[]): Available {
  for (const tag of wanted) {
    const found = available.find((language) => tag?.toLowerCase().split('-')[0] === language);
    if (found) return found;
  }
  return 'de';
}
