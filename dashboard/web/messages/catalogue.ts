import type { Language } from '../../../broker/contract/metrics.ts';
import type { de } from './de.ts';

/** What every language must say. A key that is missing, or a sentence of another form, does not compile. */
export type Messages = typeof de;

/**
 * The languages, each its own chunk, loaded when wanted. A further one is a file of type {@link Messages} and a line
 * here; what the contract has words for must be there.
 */
export const catalogues = {
  de: async (): Promise<Messages> => (await import('./de.ts')).de,
  en: async (): Promise<Messages> => (await import('./en.ts')).en,
  ca: async (): Promise<Messages> => (await import('./ca.ts')).ca,
  es: async (): Promise<Messages> => (await import('./es.ts')).es,
} satisfies Record<Language, () => Promise<Messages>>;

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
