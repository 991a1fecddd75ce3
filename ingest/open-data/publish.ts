import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Device, DeviceKind } from '../../broker/contract/device.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import type { Store } from '../store/store.ts';
import { openDataLimits } from './limits.ts';
import type { MonthSpan } from './months.ts';
import { csvToParquet } from './parquet.ts';
import { header, linesOf } from './rows.ts';
import type { OpenDataIndex, PublishedFile, Shelf } from './shelf.ts';
import { writeDraft, writeDraftBy } from './write-file.ts';

export interface OpenDataDeps {
  store: Pick<Store, 'latest' | 'rollups'>;
  registry: Pick<Registry, 'devices'>;
  shelf: Shelf;
  /** Hours before this are forgotten, or will soon be: their months are left as they are. Epoch ms. */
  hoursFrom: () => number;
  clock: () => number;
  log: Logger;
}

/** A series of a public device, with the first day that it has data of. */
export interface PublicSeries {
  device: DeviceKey;
  metric: MetricName;
  kind: DeviceKind;
  firstDayAt: number;
}

/** A month of a kind as the store has it now. */
export interface Edition {
  kind: DeviceKind;
  span: MonthSpan;
  /** Newest change of its days, epoch ms. */
  dataAt: number;
  /** SHA-256 of the names of its series. */
  series: string;
}

interface Source {
  edition: Edition;
  series: readonly PublicSeries[];
  devices: ReadonlyMap<DeviceKey, Device>;
}

/** What the rows of a file are about, added up as they are written. */
interface Tally {
  rows: number;
  devices: Set<DeviceKey>;
  metrics: Set<MetricName>;
  content: ReturnType<typeof createHash>;
}

/**
 * Writes the file of a month, and publishes it when its rows are not those of its newest version. Notes in the index
 * what was seen. Gives the number of files that were published.
 */
export async function publishEdition(
  deps: OpenDataDeps,
  index: OpenDataIndex,
  source: Source,
): Promise<number> {
  const { kind, span, dataAt, series } = source.edition;
  const key = `${kind}/${span.month}`;
  const tally: Tally = {
    rows: 0,
    devices: new Set(),
    metrics: new Set(),
    content: createHash('sha256'),
  };
  const draft = await writeDraft(deps.shelf.folder, rowsOf(deps, source, tally), { gzip: true });
  const content = tally.content.digest('hex');
  const before = index.seen[key]?.content ?? null;
  const isNew = tally.rows > 0 && content !== before;
  index.seen[key] = { dataAt, series, content: isNew ? content : before };
  if (!isNew) {
    await draft.discard();
    return 0;
  }
  const revision = 1 + newestRevision(index.files, source.edition);
  if (revision > openDataLimits.revisionsMax) {
    deps.log.warn({ kind, month: span.month }, 'too many corrections: this one is not published');
    await draft.discard();
    return 0;
  }
  const folder = join(deps.shelf.folder, kind);
  const stem = `${span.month}${revision === 1 ? '' : `.r${revision}`}`;
  const bbox = boxOf([...tally.devices].flatMap((device) => source.devices.get(device) ?? []));
  const about = {
    kind,
    month: span.month,
    revision,
    rows: tally.rows,
    devices: tally.devices.size,
    metrics: [...tally.metrics].sort(),
    from: span.from,
    to: span.to,
    publishedAt: deps.clock(),
    ...(bbox ? { bbox } : {}),
  };
  const csv = `${stem}.csv.gz`;
  await draft.publish(folder, csv);
  const parquet = `${stem}.parquet`;
  const columns = await writeDraftBy(deps.shelf.folder, (path) =>
    csvToParquet(join(folder, csv), path),
  );
  await columns.publish(folder, parquet);
  index.files.push(
    { ...about, format: 'csv', name: csv, bytes: draft.bytes, sha256: draft.sha256 },
    { ...about, format: 'parquet', name: parquet, bytes: columns.bytes, sha256: columns.sha256 },
  );
  return 2;
}

function newestRevision(files: readonly PublishedFile[], { kind, span }: Edition): number {
  return files
    .filter((file) => file.kind === kind && file.month === span.month)
    .reduce((newest, { revision }) => Math.max(newest, revision), 0);
}

const hourMs = 3_600_000;

/** The rows, a series at a time: a month of it is all that is in memory. */
async function* rowsOf(
  { store }: OpenDataDeps,
  { edition: { span }, series }: Source,
  tally: Tally,
): AsyncGenerator<string> {
  const note = (text: string): string => {
    tally.content.update(text);
    return text;
  };
  yield note(header);
  for (const { device, metric, firstDayAt } of series) {
    const rowsMax = (span.to - span.from) / hourMs;
    const hours = await store.rollups('1h', {
      device,
      metric,
      from: span.from,
      to: span.to,
      rowsMax,
    });
    const firstAt = hours.at[0];
    if (firstAt === undefined) continue;
    // A series that began in this month is not missing before that.
    const from = firstDayAt < span.from ? span.from : firstAt;
    tally.devices.add(device);
    tally.metrics.add(metric);
    tally.rows += (span.to - from) / hourMs;
    yield note(linesOf({ device, metric, from, to: span.to, hours }));
  }
}

function boxOf(devices: readonly Device[]): PublishedFile['bbox'] {
  const places = devices.flatMap(({ location }) => location ?? []);
  if (places.length === 0) return undefined;
  const of = (pick: (...values: number[]) => number, name: 'lat' | 'lon'): number =>
    places.reduce((best, place) => pick(best, place[name]), places[0]?.[name] ?? 0);
  return [of(Math.min, 'lon'), of(Math.min, 'lat'), of(Math.max, 'lon'), of(Math.max, 'lat')];
}
