import type { Logger } from 'pino';
import type { Report } from '../../broker/contract/air.ts';
import type { Device } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import { isIndicative } from '../domain/air/air-index.ts';
import { legalYearOf } from '../domain/air/year-hours.ts';
import type { Job } from '../jobs/scheduler.ts';
import type { Store } from '../store/store.ts';
import { besideMMax, devicesBeside } from './beside.ts';
import {
  makeComparisonReport,
  makeYearReport,
  type ReportedYear,
  reportedYear,
} from './make-reports.ts';
import { pollutantsOf } from './read-hours.ts';
import type { ReportFiles } from './report-files.ts';

export interface ReportsDeps {
  store: Pick<Store, 'latest' | 'rollups'>;
  registry: Pick<Registry, 'devices'>;
  files: ReportFiles;
  clock: () => number;
  log: Logger;
  /** How far from a reference station a device may be to be compared with it, in metres. */
  besideMMax?: number;
}

/**
 * Once a night: statistics of the running and the previous year for each air device, references first, and
 * makers' devices beside references. What says the same as before is not written again.
 */
export function reportsJob(deps: ReportsDeps): Job {
  return {
    name: 'reports',
    what: 'makes yearly statistics of air devices, and comparisons with reference stations near them',
    // After the end of the legal day at 23:00Z, and after late readings of the evening.
    cron: '40 1 * * *',
    async run({ signal, report }) {
      const figures = { done: 0, total: 0, written: 0, unchanged: 0, full: 0, empty: 0 };
      const tasks = await reportTasks(deps);
      figures.total = tasks.length;
      for (const make of tasks) {
        if (signal.aborted) return;
        const made = await make();
        figures[made ? await deps.files.put(made) : 'empty'] += 1;
        figures.done += 1;
        report({ ...figures });
      }
      if (figures.full > 0) deps.log.warn({ ...figures }, 'no room for some reports');
    },
  };
}

type Task = () => Promise<Report | undefined>;

async function reportTasks(deps: ReportsDeps): Promise<Task[]> {
  const { store } = deps;
  const now = deps.clock();
  const thisYear = legalYearOf(now);
  const years = [thisYear, thisYear - 1].map((year) => reportedYear(year, now));
  const metrics = await metricsByDevice(deps);
  const metricsOf = (key: DeviceKey): Iterable<MetricName> => metrics.get(key) ?? [];
  const devices = [...deps.registry.devices()]
    .filter(({ kind }) => kind === 'air')
    .sort(referencesFirst);
  const beside = devicesBeside(devices, metricsOf, deps.besideMMax ?? besideMMax);
  const from = { store, now };
  const ofYear = (year: ReportedYear): Task[] => [
    ...devices.map((device) => () => {
      const pollutants = pollutantsOf(metricsOf(deviceKey(device.provider, device.id)));
      return makeYearReport(from, device, year, pollutants);
    }),
    ...beside.map((pair) => () => makeComparisonReport(from, pair, year)),
  ];
  return years.flatMap(ofYear);
}

async function metricsByDevice({
  store,
}: Pick<ReportsDeps, 'store'>): Promise<Map<DeviceKey, MetricName[]>> {
  const metrics = new Map<DeviceKey, MetricName[]>();
  for (const { device, metric } of await store.latest()) {
    const known = metrics.get(device);
    if (known) known.push(metric);
    else metrics.set(device, [metric]);
  }
  return metrics;
}

/** So that at the bound of reports those are there that count for compliance. */
function referencesFirst(a: Device, b: Device): number {
  const rank = ({ station }: Device): number => (isIndicative(station?.method) ? 1 : 0);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  return deviceKey(a.provider, a.id) < deviceKey(b.provider, b.id) ? -1 : 1;
}
