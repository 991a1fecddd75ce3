import {
  control,
  DomUtil,
  divIcon,
  type Map as LeafletMap,
  type Marker as LeafletMarker,
  type LeafletMouseEvent,
  latLngBounds,
  map,
  marker,
} from 'leaflet';
import type { Site } from '../../../broker/contract/api.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { Api } from '../state/api.ts';
import type { Row } from '../state/row.ts';
import type { MapPlace } from '../state/view.ts';
import { addBaseMap } from './base-map.ts';
import { createMarkerLayer, type MarkerLayer } from './marker-layer.ts';
import type { Marker } from './markers.ts';
import { markerPaint, typeScale } from './paint.ts';
import type { Placed } from './scene.ts';

interface CityMapDeps {
  /** No animation, no inertia. */
  still: boolean;
  onSelect: (key: DeviceKey) => void;
  /** The user moved the map. */
  onMove: (place: MapPlace) => void;
  /** The pointer rests over something, or over nothing. Container px. */
  onTip: (tip: { placed: Placed; x: number; y: number } | undefined) => void;
}

/** The map of one page: Leaflet for moving and zooming, our canvas for the devices. */
export class CityMap {
  readonly layer: MarkerLayer;
  readonly #map: LeafletMap;
  readonly #deps: CityMapDeps;
  readonly #resizes: ResizeObserver;
  readonly #zoomControl = control.zoom({ position: 'topleft' });
  #ring: LeafletMarker | undefined;
  #ringKey: DeviceKey | undefined;
  /** What was last shown by our own doing: it is not the user's move. */
  #shown: MapPlace | undefined;
  #placed = false;
  #zooming = false;
  #waiting: (() => void) | undefined;
  #grounded = false;
  /** Ends what is still asked for when the map goes. */
  readonly #gone = new AbortController();
  /** Picked on the map: what is in sight is not moved under the pointer. */
  #pickedHere: DeviceKey | undefined;
  #tipTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, deps: CityMapDeps) {
    this.#deps = deps;
    this.#map = map(host, {
      zoomControl: false,
      minZoom: 3,
      maxZoom: 19,
      zoomSnap: 0.5,
      zoomDelta: 1,
      wheelPxPerZoomLevel: 120,
      fadeAnimation: !deps.still,
      zoomAnimation: !deps.still,
      markerZoomAnimation: !deps.still,
      inertia: !deps.still,
      worldCopyJump: true,
      // The size is observed below; Leaflet's own look at the window ends after the map may be gone.
      trackResize: false,
    }).setView([51, 10], 6);
    this.#map.attributionControl.setPrefix(false);
    this.#zoomControl.addTo(this.#map);
    this.layer = createMarkerLayer(this.#map, {
      paint: () => markerPaint(host),
      scale: typeScale,
    });
    this.#map.on('click', (event) => this.#click(event));
    this.#map.on('mousemove', (event) => this.#hover(event));
    this.#map.on('mouseout movestart', () => this.#tip(undefined));
    this.#map.on('moveend', () => this.#moved());
    this.#map.on('zoomanim', () => (this.#zooming = true));
    this.#map.on('zoomend', () => (this.#zooming = false));
    this.#resizes = new ResizeObserver(() => this.#resized());
    this.#resizes.observe(host);
  }

  /** Draws what lies under the devices, once. */
  async setGround(site: Site, api: Api): Promise<void> {
    if (this.#grounded) return;
    this.#grounded = true;
    await addBaseMap(this.#map, { site, api, gone: this.#gone.signal });
  }

  /** Goes where the address says; the first time, and without its word, to where the devices are. */
  show(place: MapPlace | undefined, rows: readonly Row[]): void {
    if (place) {
      const same = this.#shown && this.#shown.lat === place.lat && this.#shown.lon === place.lon;
      if (same && this.#shown?.zoom === place.zoom) return;
      this.#shown = place;
      this.#placed = true;
      this.#quietly(() =>
        this.#map.setView([place.lat, place.lon], place.zoom, { animate: false }),
      );
    } else if (!this.#placed && rows.some((row) => row.device.location)) {
      this.#placed = true;
      this.#whenSized(() => this.#quietly(() => this.fit(rows)));
    }
  }

  /** Shows all of them that have a place. */
  fit(rows: readonly Row[]): void {
    const places = placesOf(rows);
    if (places.length === 0) return;
    this.#map.fitBounds(latLngBounds(places), { padding: [24, 24], maxZoom: 16, animate: false });
  }

  /** Rings the selected device and brings it into the middle, unless it was picked on the map itself. */
  select(at: { key: DeviceKey | undefined; lat: number; lon: number } | undefined): void {
    if (at?.key === this.#ringKey) return;
    const before = this.#ringKey;
    this.#ringKey = at?.key;
    this.#ring?.remove();
    this.#ring = undefined;
    if (!at) return;
    const icon = divIcon({ className: 'selected-ring', iconSize: [0, 0] });
    this.#ring = marker([at.lat, at.lon], { icon, interactive: false, keyboard: false });
    this.#ring.addTo(this.#map);
    const picked = this.#pickedHere === at.key;
    this.#pickedHere = undefined;
    const inSight = this.#map.getBounds().pad(-0.1).contains([at.lat, at.lon]);
    if (inSight && (picked || before === undefined)) return;
    this.#whenSized(() => {
      const zoom = this.#clustered(at) ? unclusteredZoom : this.#map.getZoom();
      this.#map.setView([at.lat, at.lon], Math.max(zoom, this.#map.getZoom()), {
        animate: !this.#deps.still,
      });
    });
  }

  label(texts: { in: string; out: string }): void {
    const buttons = this.#zoomControl.getContainer()?.querySelectorAll('a') ?? [];
    for (const [index, button] of [...buttons].entries()) {
      const text = index === 0 ? texts.in : texts.out;
      button.title = text;
      button.setAttribute('aria-label', text);
    }
  }

  destroy(): void {
    this.#gone.abort();
    clearTimeout(this.#tipTimer);
    this.#resizes.disconnect();
    this.layer.destroy();
    this.#map.off('click mousemove mouseout movestart moveend');
    // Leaflet ends an animated zoom by a timer, and fails when the map has been removed by then.
    if (this.#zooming) this.#map.once('moveend', () => this.#map.remove());
    else this.#map.remove();
  }

  #click({ containerPoint, originalEvent }: LeafletMouseEvent): void {
    const radius = this.#reach(originalEvent);
    const [hit] = this.layer.at(containerPoint.x, containerPoint.y, radius);
    if (hit?.kind === 'marker') {
      this.#pickedHere = hit.marker.key;
      this.#deps.onSelect(hit.marker.key);
    } else if (hit) {
      this.#zoomInto(hit.members);
    }
  }

  #zoomInto(members: readonly Marker[]): void {
    const bounds = latLngBounds(placesOf(members.map(({ row }) => row)));
    this.#map.fitBounds(bounds.pad(0.2), { maxZoom: 18, animate: !this.#deps.still });
  }

  #hover({ containerPoint, originalEvent }: LeafletMouseEvent): void {
    const { x, y } = containerPoint;
    const [hit] = this.layer.at(x, y, this.#reach(originalEvent));
    const container = this.#map.getContainer();
    if (hit) DomUtil.addClass(container, 'over-device');
    else DomUtil.removeClass(container, 'over-device');
    this.#tip(hit);
  }

  /** True when a place is in sight, but only as a part of a number. */
  #clustered({ lat, lon }: { lat: number; lon: number }): boolean {
    const { x, y } = this.#map.latLngToContainerPoint([lat, lon]);
    return this.layer.at(x, y, clusterReachPx).some(({ kind }) => kind === 'cluster');
  }

  /** What is left goes a moment later, so that the pointer can reach the text (WCAG 1.4.13). */
  #tip(placed: Placed | undefined): void {
    clearTimeout(this.#tipTimer);
    if (placed) this.#deps.onTip({ placed, x: placed.x, y: placed.y });
    else this.#tipTimer = setTimeout(() => this.#deps.onTip(undefined), tipLingerMs);
  }

  /** A finger needs a larger target than a pointer. */
  #reach(event: MouseEvent): number {
    const touch = 'pointerType' in event && event.pointerType === 'touch';
    return (touch ? 24 : 12) * typeScale();
  }

  #moved(): void {
    if (this.#quiet || !this.#placed) return;
    const { lat, lng } = this.#map.getCenter();
    this.#shown = { lat: round(lat), lon: round(lng), zoom: this.#map.getZoom() };
    this.#deps.onMove(this.#shown);
  }

  #quiet = false;

  /** Moves without its being the user's wish, and so without a word in the address. */
  #quietly(move: () => void): void {
    this.#quiet = true;
    move();
    this.#quiet = false;
  }

  /** A hidden map has no size yet: what depends on it waits. */
  #whenSized(action: () => void): void {
    if (this.#map.getSize().x > 0) action();
    else this.#waiting = action;
  }

  #resized(): void {
    this.#quietly(() => this.#map.invalidateSize({ animate: false, pan: true }));
    if (!this.#waiting || this.#map.getSize().x === 0) return;
    this.#waiting();
    this.#waiting = undefined;
  }
}

/** Near enough to tell a device from its neighbours. */
const unclusteredZoom = 16;
/** A cluster stands where its members are on average, up to a cell away from each. */
const clusterReachPx = 24;
const tipLingerMs = 200;

function placesOf(rows: readonly Row[]): [number, number][] {
  return rows.flatMap(({ device: { location } }) =>
    location ? [[location.lat, location.lon] as [number, number]] : [],
  );
}

/** As exact as the address writes it: a place read from there is the same place. */
function round(degrees: number): number {
  return Number(degrees.toFixed(5));
}
