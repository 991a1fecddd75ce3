import { divIcon, type Map as LeafletMap, layerGroup, marker, polyline } from 'leaflet';
import { formatDegrees, multiples, niceStep } from './degrees.ts';

/** Lines of latitude and longitude, where there is no other ground to tell scale and place by. */
export function addGraticule(map: LeafletMap): void {
  map.createPane('city').setAttribute('aria-hidden', 'true');
  const lines = layerGroup().addTo(map);
  function draw(): void {
    lines.clearLayers();
    const bounds = map.getBounds().pad(0.5);
    const step = niceStep((bounds.getEast() - bounds.getWest()) / linesWanted);
    if (!Number.isFinite(step) || step <= 0) return;
    const [south, north] = [bounds.getSouth(), bounds.getNorth()];
    const [west, east] = [bounds.getWest(), bounds.getEast()];
    const style = { pane: 'city', className: 'city-graticule', weight: 1, interactive: false };
    for (const lon of multiples(west, east, step)) {
      polyline(
        [
          [south, lon],
          [north, lon],
        ],
        style,
      ).addTo(lines);
      addLabel(map.getBounds().getSouth(), lon, formatDegrees(lon, step, 'EW'));
    }
    for (const lat of multiples(south, north, step)) {
      polyline(
        [
          [lat, west],
          [lat, east],
        ],
        style,
      ).addTo(lines);
      addLabel(lat, map.getBounds().getWest(), formatDegrees(lat, step, 'NS'));
    }
  }
  function addLabel(lat: number, lon: number, text: string): void {
    const icon = divIcon({ className: 'graticule-label', html: text, iconSize: [0, 0] });
    marker([lat, lon], { icon, interactive: false, keyboard: false, pane: 'city' }).addTo(lines);
  }
  map.on('moveend', draw);
  draw();
}

/** Lines in sight twice over, as the drawing reaches beyond the edges. */
const linesWanted = 10;
