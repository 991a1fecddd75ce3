import type { FeatureCollection } from 'geojson';
import {
  divIcon,
  geoJSON,
  type Layer,
  type Map as LeafletMap,
  marker,
  Polygon,
  svg,
  tileLayer,
} from 'leaflet';
import type { Site } from '../../../broker/contract/api.ts';
import { type Api, ApiFailure } from '../state/api.ts';
import { addGraticule } from './graticule.ts';

/**
 * Puts what there is under the devices: the operator's tiles, else the city's own drawing, else a
 * graticule. Colours come from the style sheet by role, so that the theme is none of our business here.
 * Nothing is put on the map once `gone` is aborted: Leaflet fails on a map that was removed.
 */
export async function addBaseMap(
  map: LeafletMap,
  { site, api, gone }: { site: Site; api: Api; gone: AbortSignal },
): Promise<void> {
  if (site.mapTiles) {
    tileLayer(site.mapTiles.url, { attribution: site.mapTiles.attribution, maxZoom: 19 }).addTo(
      map,
    );
    return;
  }
  const city = site.hasBaseMap ? await readDrawing(api, gone) : undefined;
  if (gone.aborted) return;
  if (city) addDrawing(map, city);
  else addGraticule(map);
}

/** The city's own drawing; `undefined` when it cannot be had, or nobody waits for it any more. */
async function readDrawing(api: Api, gone: AbortSignal): Promise<FeatureCollection | undefined> {
  try {
    return await api.get<FeatureCollection>('/map', gone);
  } catch (fault) {
    if (fault instanceof ApiFailure || gone.aborted) return undefined;
    throw fault;
  }
}

function addDrawing(map: LeafletMap, city: FeatureCollection): void {
  // Areas below lines, whatever the order in the file.
  const features = [...city.features].sort((a, b) => depthOf(a.properties) - depthOf(b.properties));
  const pane = map.createPane('city');
  geoJSON(
    { ...city, features } as FeatureCollection,
    {
      pane: 'city',
      interactive: false,
      renderer: svg({ pane: 'city', padding: 0.5 }),
      style: (feature) => ({ className: classOf(feature?.properties), weight: 1 }),
      pointToLayer: (_feature, place) => marker(place, { opacity: 0, interactive: false }),
      onEachFeature: (feature, layer) => label(map, layer, feature.properties),
    } as Parameters<typeof geoJSON>[1],
  ).addTo(map);
  pane.setAttribute('aria-hidden', 'true');
}

/** What a feature can be, in the order of drawing. */
const roles = ['district', 'park', 'water', 'road'] as const;
type Role = (typeof roles)[number];

/** GeoJSON leaves a feature's properties to its author. */
function property(properties: unknown, name: string): unknown {
  return (properties as Readonly<Record<string, unknown>> | null | undefined)?.[name];
}

function roleOf(properties: unknown): Role {
  return roles.find((role) => role === property(properties, 'role')) ?? 'road';
}

/** Streets below the main roads may say so by a `level` of 2 or more; they are drawn finer. */
function classOf(properties: unknown): string {
  const role = roleOf(properties);
  const minor = role === 'road' && Number(property(properties, 'level') ?? 0) >= 2;
  return `city-${role}${minor ? ' minor' : ''}`;
}

function depthOf(properties: unknown): number {
  return roles.indexOf(roleOf(properties));
}

/** Writes a district's name in its middle, as long as there is room for it. */
function label(map: LeafletMap, layer: Layer, properties: unknown): void {
  const name = property(properties, 'name');
  if (roleOf(properties) !== 'district' || typeof name !== 'string') return;
  if (!(layer instanceof Polygon)) return;
  const bounds = layer.getBounds();
  const text = document.createElement('span');
  text.textContent = name;
  const icon = divIcon({ className: 'city-label', html: text, iconSize: [0, 0] });
  const adapt = (): void => {
    const west = map.project(bounds.getNorthWest());
    text.hidden =
      map.project(bounds.getNorthEast()).x - west.x < text.textContent.length * letterPx;
  };
  marker(bounds.getCenter(), { icon, interactive: false, keyboard: false, pane: 'city' }).addTo(
    map,
  );
  map.on('zoomend', adapt);
  adapt();
}

/** A letter with some air around the whole word. */
const letterPx = 11;
