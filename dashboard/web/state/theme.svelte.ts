import { MediaQuery } from 'svelte/reactivity';
import type { Preferences } from './preferences.ts';

export const themeChoices = ['auto', 'light', 'dark'] as const;
export type ThemeChoice = (typeof themeChoices)[number];

/** Light or dark: the address's word, else the user's choice, else the system's; a wall is dark. */
export class Theme {
  choice = $state<ThemeChoice>('auto');
  readonly #systemDark = new MediaQuery('(prefers-color-scheme: dark)');
  readonly #preferences: Preferences;
  readonly #kiosk: boolean;

  constructor(preferences: Preferences, fromAddress: ThemeChoice | undefined, kiosk: boolean) {
    this.#preferences = preferences;
    this.#kiosk = kiosk;
    const kept = themeChoices.find((choice) => choice === preferences.get('theme'));
    this.choice = fromAddress ?? kept ?? 'auto';
  }

  get current(): 'light' | 'dark' {
    if (this.choice !== 'auto') return this.choice;
    return this.#kiosk || this.#systemDark.current ? 'dark' : 'light';
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    this.#preferences.set('theme', choice);
  }
}
