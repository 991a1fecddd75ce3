/** What this browser keeps of its user's choices; nothing when storage is blocked. */
export interface Preferences {
  get(name: PreferenceName): string | null;
  set(name: PreferenceName, value: string): void;
}

type PreferenceName =
  | 'theme'
  | 'language'
  | 'shortcuts'
  | 'scheme'
  | 'sound'
  | 'alarms-looked-at'
  | 'favourites'
  | 'searches';

export function createPreferences(): Preferences {
  const key = (name: PreferenceName): string => `sensorplatz-${name}`;
  return {
    get(name) {
      try {
        return localStorage.getItem(key(name));
      } catch {
        return null;
      }
    },
    set(name, value) {
      try {
        localStorage.setItem(key(name), value);
      } catch {
        // Storage is blocked or full: the choice holds for this page only.
      }
    },
  };
}
