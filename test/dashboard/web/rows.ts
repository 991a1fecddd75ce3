import type { DeviceView } from '../../../broker/contract/api.ts';
import { LiveTable } from '../../../dashboard/web/state/live-table.ts';
import { type Row, toRow } from '../../../dashboard/web/state/row.ts';

export const now = 1_000_000;

/** A device of provider `p`, seen just now, unless said otherwise. */
export function device(id: string, part: Partial<DeviceView> = {}): DeviceView {
  return {
    key: `p/${id}`,
    provider: 'p',
    id,
    kind: 'air',
    public: true,
    createdAt: 0,
    status: 'ok',
    lastSeenAt: now,
    expectedIntervalMs: 10_000,
    metrics: [],
    ...part,
  };
}

/** A table that has one value of each of these metrics of a device, all of one flag. */
export function tableOf(id: string, values: Readonly<Record<string, number>>, flag = 1): LiveTable {
  const table = new LiveTable();
  const metrics = Object.keys(values);
  const series = metrics.map((_, index) => index);
  table.applySnapshot({
    epoch: 'a',
    seq: 1,
    now,
    added: { series, device: metrics.map(() => `p/${id}` as const), metric: metrics },
    values: {
      series,
      age: metrics.map(() => 0),
      value: Object.values(values),
      flag: metrics.map(() => flag),
    },
  });
  return table;
}

/** A row of such a device. */
export function row(
  id: string,
  part: Partial<DeviceView> = {},
  values: Readonly<Record<string, number>> = {},
): Row {
  const lastSeen = part.lastSeenAt;
  const table = lastSeen === undefined || lastSeen === now ? tableOf(id, values) : new LiveTable();
  return toRow(device(id, part), table, now);
}
