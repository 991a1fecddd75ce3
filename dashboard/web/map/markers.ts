import type { DeviceView } from '../../../broker/contract/api.ts';
import type { Severity } from '../../../broker/contract/finding.ts';
import type { DeviceKey } from '../../../broker/contract/ids.ts';
import type { Row } from '../state/row.ts';
import { toWorld, type WorldPoint } from './mercator.ts';
import { type Form, shapeOf, spriteId } from './sprite-id.ts';

/** What a marker looks like at a glance, worst last; also the order of drawing. */
export interface Marker {
  readonly key: DeviceKey;
  readonly row: Row;
  readonly world: WorldPoint;
  readonly sprite: number;
  readonly rank: number;
}

/** Markers of the rows that have a place, the worst last so that they are drawn on top. */
export function toMarkers(rows: readonly Row[]): Marker[] {
  const markers: Marker[] = [];
  for (const row of rows) {
    const world = worldOf(row.device);
    if (!world) continue;
    const form = formOf(row);
    const sprite = spriteId(shapeOf(row.kind), row.standing === 'offline' ? 0 : row.severity, form);
    markers.push({ key: row.key, row, world, sprite, rank: rankOf(row) });
  }
  return markers.sort((a, b) => a.rank - b.rank);
}

export function formOf(row: Pick<Row, 'status'>): Form {
  if (row.status === 'stale') return 'hollow';
  return row.status === 'ok' ? 'solid' : 'crossed';
}

/** Severity as drawn: a silent device has none that could be relied on. */
export function toneOf(row: Row): Severity {
  return row.standing === 'offline' ? 0 : row.severity;
}

function rankOf(row: Row): number {
  if (row.standing === 'ok') return 0;
  if (row.standing === 'stale') return 1;
  return row.standing === 'offline' ? 2 : 2 + row.severity;
}

const worlds = new WeakMap<DeviceView, WorldPoint>();

/** A device's place does not change without its description being read anew. */
function worldOf(device: DeviceView): WorldPoint | undefined {
  if (!device.location) return undefined;
  const known = worlds.get(device);
  if (known) return known;
  const world = toWorld(device.location);
  worlds.set(device, world);
  return world;
}
