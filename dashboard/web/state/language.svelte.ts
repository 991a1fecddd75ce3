import { type Available, catalogues, type Messages } from '../messages/catalogue.ts';
import { createFormats, type Formats } from './format.ts';
import type { Preferences } from './preferences.ts';

/** The language of the page: its sentences, and its numbers and times in the city's zone. */
export class LanguageState {
  current = $state.raw<Available>('de');
  messages = $state.raw<Messages>(undefined as unknown as Messages);
  /** The city's; this computer's own until the server has said it. */
  timeZone = $state(new Intl.DateTimeFormat().resolvedOptions().timeZone);
  readonly formats: Formats = $derived(createFormats(this.current, this.timeZone));
  readonly #preferences: Preferences;

  private constructor(preferences: Preferences, language: Available, messages: Messages) {
    this.#preferences = preferences;
    this.current = language;
    this.messages = messages;
  }

  /** Resolves when the sentences are there: nothing is drawn before. */
  static async load(preferences: Preferences, language: Available): Promise<LanguageState> {
    return new LanguageState(preferences, language, await catalogues[language]());
  }

  async choose(language: Available): Promise<void> {
    this.messages = await catalogues[language]();
    this.current = language;
    this.#preferences.set('language', language);
  }
}
