import { createHash } from 'node:crypto';
import type { Device, DeviceKind } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import { tierWidthMs, windowStart } from '../../broker/contract/windows.ts';
import type { Job, JobContext } from '../jobs/scheduler.ts';
import { openDataLimits } from './limits.ts';
import { closedMonths, type MonthSpan } from './months.ts';
import { type Edition, type OpenDataDeps, type PublicSeries, publishEdition } from './publish.ts';
import type { OpenDataIndex } from './shelf.ts';

/**
 * Publishes each month of the public series once it has settled, and again when it was corrected since. Looks at the
 * days first: a month whose days have not changed costs no more than that. Repeating it changes nothing.
 */
export function openDataJob(deps: OpenDataDeps): Job {
  return {
    name: 'open-data',
    what: 'publish the settled months of public series as files, and corrections as new versions',
    cron: '29 3 * * *',
    run: (context) => publishAll(deps, context),
  };
}

async function publishAll(deps: OpenDataDeps, { report, signal }: JobContext): Promise<void> {
  const { shelf, clock, hoursFrom } = deps;
  const { settledMs, monthsMax } = openDataLimits;
  const months = closedMonths(clock(), settledMs, monthsMax).filter(
    ({ from }) => from >= hoursFrom(),
  );
  const devices = publicDevices(deps.registry);
  const index = await shelf.read();
  const { series, editions } = await survey(deps, { months, devices, signal });
  const changed = [...editions.values()].filter((edition) => !isSeen(index, edition));
  let published = 0;
  for (const [done, edition] of changed.entries()) {
    signal.throwIfAborted();
    report({ done, total: changed.length, published });
    const own = series.filter(({ kind }) => kind === edition.kind);
    published += await publishEdition(deps, index, { edition, series: own, devices });
    // After each one: what is published must be listed also when the process ends now.
    await shelf.write(index);
  }
  report({ done: changed.length, total: changed.length, published });
}

function publicDevices(registry: Pick<Registry, 'devices'>): Map<DeviceKey, Device> {
  const devices = new Map<DeviceKey, Device>();
  for (const device of registry.devices()) {
    if (device.public) devices.set(deviceKey(device.provider, device.id), device);
  }
  return devices;
}

function isSeen({ seen }: OpenDataIndex, { kind, span, dataAt, series }: Edition): boolean {
  const known = seen[`${kind}/${span.month}`];
  return known !== undefined && known.dataAt === dataAt && known.series === series;
}

interface Survey {
  series: PublicSeries[];
  editions: ReadonlyMap<string, Edition>;
}

/** Which kinds have data of which months, of which series, and when these changed last. */
async function survey(
  { store, log }: OpenDataDeps,
  {
    months,
    devices,
    signal,
  }: { months: MonthSpan[]; devices: ReadonlyMap<DeviceKey, Device>; signal: AbortSignal },
): Promise<Survey> {
  const hashes = new Map<string, { edition: Edition; names: ReturnType<typeof createHash> }>();
  const found: PublicSeries[] = [];
  const oldest = months.at(-1);
  const newest = months[0];
  const all = oldest && newest ? sorted(await store.latest(), devices) : [];
  if (all.length > openDataLimits.seriesMax) {
    log.warn({ series: all.length }, 'too many public series: the last ones are not published');
  }
  for (const { device, metric, kind } of all.slice(0, openDataLimits.seriesMax)) {
    signal.throwIfAborted();
    const days = await store.rollups('1d', {
      device,
      metric,
      from: windowStart('1d', oldest?.from ?? 0),
      to: newest?.to ?? 0,
      rowsMax: (openDataLimits.monthsMax + 1) * 31,
    });
    const firstDayAt = days.at[0];
    if (firstDayAt === undefined) continue;
    found.push({ device, metric, kind, firstDayAt });
    for (const span of months) {
      const dataAt = changedAt(days, span);
      if (dataAt === undefined) continue;
      const key = `${kind}/${span.month}`;
      const known = hashes.get(key) ?? {
        edition: { kind, span, dataAt, series: '' },
        names: createHash('sha256'),
      };
      hashes.set(key, known);
      known.names.update(`${device} ${metric}\n`);
      known.edition.dataAt = Math.max(known.edition.dataAt, dataAt);
    }
  }
  const editions = new Map(
    [...hashes].map(([key, { edition, names }]) => [
      key,
      { ...edition, series: names.digest('hex') },
    ]),
  );
  return { series: found, editions };
}

function sorted(
  latest: readonly { device: DeviceKey; metric: MetricName }[],
  devices: ReadonlyMap<DeviceKey, Device>,
): { device: DeviceKey; metric: MetricName; kind: DeviceKind }[] {
  return latest
    .flatMap(({ device, metric }) => {
      const known = devices.get(device);
      return known ? [{ device, metric, kind: known.kind }] : [];
    })
    .sort((a, b) => compare(a.device, b.device) || compare(a.metric, b.metric));
}

/** By code unit: the same in every locale. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** When the days of a month changed last; undefined where there are none. */
function changedAt(
  { at, resultAt }: { at: number[]; resultAt: number[] },
  { from, to }: MonthSpan,
): number | undefined {
  let changed: number | undefined;
  for (const [row, dayAt] of at.entries()) {
    // Its days are UTC, the month is UTC+1: the first hour lies in the day before.
    if (dayAt + tierWidthMs['1d'] <= from || dayAt >= to) continue;
    changed = Math.max(changed ?? 0, resultAt[row] ?? 0);
  }
  return changed;
}
