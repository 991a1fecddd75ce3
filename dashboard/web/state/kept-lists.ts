import type { DeviceKey } from '../../../broker/contract/ids.ts';

/** At the bound the device that was starred first is let go. */
const favouritesMax = 200;
/** Older searches are forgotten. */
const searchesMax = 8;
const keyPattern = /^[\w-]{1,64}\/[\w-]{1,64}$/;

/** Starred devices as they were kept; what is not one is left out. */
export function readFavourites(text: string | null): ReadonlySet<DeviceKey> {
  const keys = listOf(text).filter((key) => keyPattern.test(key));
  return new Set(keys.slice(-favouritesMax) as DeviceKey[]);
}

/** With the star of a device set, or taken away where it was. */
export function withToggled(
  favourites: ReadonlySet<DeviceKey>,
  key: DeviceKey,
): ReadonlySet<DeviceKey> {
  const next = new Set(favourites);
  if (!next.delete(key)) next.add(key);
  return new Set([...next].slice(-favouritesMax));
}

export function readSearches(text: string | null): readonly string[] {
  return listOf(text).slice(0, searchesMax);
}

/** With a search that was ended put first; single letters are none. */
export function withSearch(searches: readonly string[], text: string): readonly string[] {
  const search = text.trim();
  if (search.length < 2) return searches;
  return [search, ...searches.filter((other) => other !== search)].slice(0, searchesMax);
}

/** What is kept may be of another version, or spoilt: then there is nothing. */
function listOf(text: string | null): string[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
  } catch {
    return [];
  }
}
