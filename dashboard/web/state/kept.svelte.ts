import type { DeviceKey } from '../../../broker/contract/ids.ts';
import { readFavourites, readSearches, withSearch, withToggled } from './kept-lists.ts';
import type { Preferences } from './preferences.ts';

/** What this browser's user keeps at hand: starred devices and recent searches. It stays in this browser. */
export class Kept {
  favourites = $state.raw<ReadonlySet<DeviceKey>>(new Set());
  /** The newest first. */
  searches = $state.raw<readonly string[]>([]);
  /** The list and the map show starred devices only. Not in the address: it means others elsewhere. */
  only = $state(false);
  readonly #preferences: Preferences;

  constructor(preferences: Preferences) {
    this.#preferences = preferences;
    this.favourites = readFavourites(preferences.get('favourites'));
    this.searches = readSearches(preferences.get('searches'));
  }

  isFavourite(key: DeviceKey): boolean {
    return this.favourites.has(key);
  }

  toggleFavourite(key: DeviceKey): void {
    this.favourites = withToggled(this.favourites, key);
    this.#preferences.set('favourites', JSON.stringify([...this.favourites]));
  }

  setOnly(on: boolean): void {
    this.only = on;
  }

  /** A search that was ended, not each letter of it. */
  noteSearch(text: string): void {
    this.searches = withSearch(this.searches, text);
    this.#preferences.set('searches', JSON.stringify(this.searches));
  }
}
