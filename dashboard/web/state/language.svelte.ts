import { type Available, catalogues, later, type Messages } from '../messages/catalogue.ts';
import { createFormats, type Formats } from './format.ts';
import type { Preferences } from './preferences.ts';

/** The language of the page: its sentences, and its numbers and times in the city's zone. */
export class LanguageState {
  current = $state.raw<Available>('de');
  /** Of the screens beside the overview only once {@link whole} has resolved. */
  messages = $state.raw<Messages>(undefined as unknown as Messages);
  /** The city's; this computer's own until the server has said it. */
  timeZone = $state(new Intl.DateTimeFormat().resolvedOptions().timeZone);
  readonly formats: Formats = $derived(createFormats(this.current, this.timeZone));
  readonly #preferences: Preferences;
  #isWhole = false;

  private constructor(preferences: Preferences, language: Available, messages: Messages) {
    this.#preferences = preferences;
    this.current = language;
    this.messages = messages;
  }

  /** Resolves when there is enough for the overview: nothing is drawn before. */
  static async load(preferences: Preferences, language: Available): Promise<LanguageState> {
    const first = await catalogues[language]();
    return new LanguageState(preferences, language, first as Messages);
  }

  /** Resolves when the other screens can speak too. Each of them waits for it. */
  async whole(): Promise<void> {
    const language = this.current;
    if (this.#isWhole) return;
    const rest = await later[language]();
    if (language !== this.current) return;
    this.messages = { ...this.messages, ...rest };
    this.#isWhole = true;
  }

  async choose(language: Available): Promise<void> {
    const [first, rest] = await Promise.all([catalogues[language](), later[language]()]);
    this.messages = { ...first, ...rest };
    this.#isWhole = true;
    this.current = language;
    this.#preferences.set('language', language);
  }
}
