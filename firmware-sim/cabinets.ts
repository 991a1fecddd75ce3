import type { City, Spot } from './city.ts';

/** Lamps that share a round of cabinets; the next ones get cabinets of their own, so that none grows with the fleet. */
const lampsPerRound = 160;
const sectors = 5;

/**
 * Hangs lamps on cabinets by place: the city is cut around its centre into five sectors with as many spots each,
 * which gives about 32 lamps a cabinet. The n-th lamp has the same one in a fleet of any size.
 */
export function createCabinets({ spots, center }: City): (lamp: number, spot: Spot) => number {
  const squeeze = Math.cos((center.lat * Math.PI) / 180);
  const angleOf = ({ at: [lon, lat] }: Spot): number =>
    Math.atan2(lat - center.lat, (lon - center.lon) * squeeze);
  const angles = spots.map(angleOf).sort((left, right) => left - right);
  const borders = Array.from(
    { length: sectors - 1 },
    (_, index) => angles[Math.floor(((index + 1) / sectors) * angles.length)] ?? 0,
  );
  return (lamp, spot) => {
    const angle = angleOf(spot);
    const sector = borders.filter((border) => angle >= border).length;
    return Math.floor(lamp / lampsPerRound) * sectors + sector;
  };
}

export function cabinetId(cabinet: number): string {
  return `cabinet-${String(cabinet + 1).padStart(2, '0')}`;
}
