import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { MarkerLayer } from './marker-layer.ts';

/** What end-to-end tests may ask of the canvas, that has nothing else to be asked. Read-only. */
export interface TestHook {
  /** Devices at a point of the map's container, the topmost first; those of a cluster all. */
  markersAt(x: number, y: number, radius?: number): DeviceKey[];
  drawCount(): number;
}

declare global {
  interface Window {
    sensorplatz?: TestHook;
  }
}

export function exposeTestHook(layer: MarkerLayer): void {
  window.sensorplatz = {
    markersAt: (x, y, radius = 12) =>
      layer
        .at(x, y, radius)
        .flatMap((placed) =>
          placed.kind === 'marker' ? [placed.marker.key] : placed.members.map(({ key }) => key),
        ),
    drawCount: () => layer.drawCount,
  };
}
