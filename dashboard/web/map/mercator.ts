/** Web Mercator in units of the whole world: x and y from 0 to 1, y downwards. */
export interface WorldPoint {
  x: number;
  y: number;
}

/** Edge of a tile at zoom 0, px. */
export const tilePx = 256;

export function toWorld({ lat, lon }: { lat: number; lon: number }): WorldPoint {
  const sin = Math.sin((Math.max(-latMax, Math.min(latMax, lat)) * Math.PI) / 180);
  return {
    x: lon / 360 + 0.5,
    y: 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI),
  };
}

/** Where the projection ends. */
const latMax = 85.0511287798;
