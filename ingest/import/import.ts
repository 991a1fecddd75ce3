import { setTimeout as pause } from 'node:timers/promises';
import type { Accept } from '../../broker/bus/bus.ts';
import { type DeviceKey, deviceKey, isId, providerOf } from '../../broker/contract/ids.ts';
import type { ImportFormat, ImportReport } from '../../broker/contract/import-report.ts';
import { type MetricName, metricOf } from '../../broker/contract/metrics.ts';
import type { Rejection } from '../../broker/contract/rejection.ts';
import { tiers } from '../../broker/contract/windows.ts';
import { shown } from '../decode/decoder.ts';
import { validate } from '../stages/validate.ts';
import { createCsvParser } from './csv.ts';
import { HandOver, type Judged } from './hand-over.ts';
import { type Importer, ImportFailed, type ImportRequest, type RecomputeSpan } from './importer.ts';
import { importLimits } from './limits.ts';
import { createLineProtocolParser } from './line-protocol.ts';
import { linesOf, type ReadLimits } from './lines.ts';
import { createNdjsonParser } from './ndjson.ts';
import { ReportBuilder, type Touched } from './report.ts';
import { type ImportedValue, type LineParser, malformed, UnreadableFile } from './row.ts';
import { createSensorCommunityParser } from './sensor-community.ts';

export interface ImportDeps {
  accept: Accept;
  /** Why a device that is not registered may not be; undefined when it may. */
  refusalOf: (device: DeviceKey) => Rejection | undefined;
  /** Older readings are rejected; epoch ms. */
  oldestAt: () => number;
  recompute?: (span: RecomputeSpan) => Promise<unknown>;
  clock: () => number;
  limits?: ReadLimits;
  retryAfterMs?: number;
}

const parsers: Readonly<Record<ImportFormat, () => LineParser>> = {
  csv: createCsvParser,
  ndjson: createNdjsonParser,
  line: createLineProtocolParser,
  'sensor-community': createSensorCommunityParser,
};

/**
 * Brings files of the past in by the path that devices take: the same rules, journal, counters and store. What a
 * line says is judged here first, so that the report can name lines; ingest judges it again and has the last word.
 */
export function createImporter(deps: ImportDeps): Importer {
  return {
    async run(request) {
      const parser = parsers[request.format]();
      const report = new ReportBuilder();
      let failure: unknown;
      try {
        await readAll(deps, request, { parser, report });
      } catch (error) {
        failure = error;
      }
      const built = report.build(request.format, request.dryRun, parser.ignoredColumns);
      // Also of a file that broke off: what was taken of it must not stay without roll-ups.
      if (!request.dryRun) await recomputeAll(deps, report.touched, built);
      if (failure === undefined) return built;
      throw asFailed(failure, built);
    },
  };
}

/** The sender went away; Node's names for it. */
function isBrokenOff(code: unknown): boolean {
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

function asFailed(error: unknown, report: ImportReport): unknown {
  const { code, message } = error as { code?: unknown; message: string };
  if (isBrokenOff(code)) {
    const problem = 'the upload broke off';
    return new ImportFailed('unreadable-file', { ...report, complete: false, problem });
  }
  if (code !== 'too-large' && code !== 'unreadable-file' && code !== 'not-kept') return error;
  return new ImportFailed(code, { ...report, complete: false, problem: message });
}

async function readAll(
  deps: ImportDeps,
  request: ImportRequest,
  { parser, report }: { parser: LineParser; report: ReportBuilder },
): Promise<void> {
  const judge = createJudge(deps, request, report);
  const handOver = request.dryRun ? undefined : createHandOver(deps, request, report);
  let rejectionsKept = 0;
  let isEmpty = true;
  try {
    for await (const { number, text } of linesOf(request.body, deps.limits)) {
      isEmpty &&= text?.trim() === '';
      if (text === undefined) {
        report.rows += 1;
        report.reject(malformed(number, `a line may have ${importLimits.lineCharsMax} characters`));
        continue;
      }
      const parsed = parser.parse(number, text);
      if (!parsed) continue;
      report.rows += 1;
      report.notMeasured += parsed.notMeasured;
      for (const fault of parsed.faults) report.reject(fault);
      for (const value of parsed.values) {
        const judged = judge(value);
        if (!judged || !handOver) continue;
        // What ingest would refuse goes there too: it is counted and kept for inspection like a device's.
        if (!judged.reading && ++rejectionsKept > importLimits.rejectionsKeptMax) continue;
        await handOver.add(judged.device, judged);
      }
    }
  } finally {
    await handOver?.finish();
  }
  if (isEmpty) throw new UnreadableFile('the file is empty');
}

/**
 * Says of each value which device it is for and whether it passes. Values of devices that the caller may not
 * write for, and of none, are in the report only: ingest could not tell whose they are.
 */
function createJudge(deps: ImportDeps, request: ImportRequest, report: ReportBuilder) {
  const devices = new Map<string, DeviceKey | Rejection>();
  let soleName: string | undefined;

  return (value: ImportedValue): (Judged & { device: DeviceKey }) | undefined => {
    report.readings += 1;
    const name = value.device ?? '';
    let device = devices.get(name);
    if (device === undefined) {
      device = deviceOf(name);
      if (devices.size < importLimits.devicesMax) devices.set(name, device);
    }
    if (typeof device !== 'string') {
      report.reject({ line: value.line, ...device });
      return undefined;
    }
    const { metric, value: sent, at } = value;
    const bounds = { receivedAt: deps.clock(), oldestAt: deps.oldestAt() };
    const result = validate({ metric, value: sent, at }, bounds);
    if ('rejection' in result) {
      report.reject({ line: value.line, ...result.rejection });
      return { device, value, reading: undefined };
    }
    if (request.dryRun) report.accept(device, result.reading);
    return { device, value, reading: result.reading };
  };

  function deviceOf(name: string): DeviceKey | Rejection {
    const key = request.device === undefined ? named(name) : sole(request.device, name);
    if (typeof key !== 'string') return key;
    if (request.onlyProvider !== undefined && providerOf(key) !== request.onlyProvider) {
      return unknown(`${key} is not a device of ${request.onlyProvider}`);
    }
    if (devices.size >= importLimits.devicesMax) {
      return unknown(`a file may have ${importLimits.devicesMax} devices`);
    }
    return deps.refusalOf(key) ?? key;
  }

  /** One target for a file that names several devices would mix them. */
  function sole(device: DeviceKey, name: string): DeviceKey | Rejection {
    soleName ??= name;
    if (soleName === name) return device;
    return unknown(
      `the file is imported as ${device}, but names ${shown(soleName)} and ${shown(name)}`,
    );
  }

  function named(name: string): DeviceKey | Rejection {
    const [first = '', second, ...more] = name.split('/');
    if (second === undefined && isId(first)) {
      return request.provider === undefined
        ? unknown(`whose device ${first} is must be said: provider= is missing`)
        : deviceKey(request.provider, first);
    }
    if (second !== undefined && more.length === 0 && isId(first) && isId(second)) {
      return deviceKey(first, second);
    }
    return unknown(
      name === ''
        ? 'the line names no device, and device= is missing'
        : `must be <provider>/<device>, got ${shown(name)}`,
    );
  }
}

function unknown(detail: string): Rejection {
  return { reason: 'unknown-device', field: 'device', detail };
}

function createHandOver(deps: ImportDeps, { account }: ImportRequest, report: ReportBuilder) {
  const { accept, clock, retryAfterMs } = deps;
  return new HandOver({
    accept,
    clock,
    account,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    onOutcome(device, batch, { accepted, rejections }) {
      // Refused as a whole (the device), or here and there (time went on since the line was judged).
      const line = batch[0]?.value.line ?? 0;
      for (const rejection of rejections) report.reject({ line, ...rejection });
      for (const { reading } of batch.slice(0, accepted)) {
        if (reading) report.accept(device, reading);
      }
    },
  });
}

/** A store that is away does not undo the import: the report says what is left to do. */
async function recomputeAll(
  { recompute, retryAfterMs }: ImportDeps,
  touched: ReadonlyMap<DeviceKey, Touched>,
  report: ImportReport,
): Promise<void> {
  if (!recompute || report.first === null || report.last === null) return;
  try {
    for (const span of spansOf(touched)) await whenFree(() => recompute(span), retryAfterMs);
    report.recomputed = { from: report.first, to: report.last + 1, tiers: [...tiers] };
  } catch (error) {
    report.problem = `accepted, but the roll-ups were not made anew: ${(error as Error).message}`;
  }
}

/** One recomputation runs at a time: another import's, or somebody's by hand, is waited for. */
async function whenFree(
  work: () => Promise<unknown>,
  retryAfterMs: number = importLimits.retryAfterMs,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await work();
      return;
    } catch (error) {
      const isBusy = (error as { code?: unknown }).code === 'job-running';
      if (!isBusy || tries >= importLimits.retriesMax) throw error;
    }
    await pause(retryAfterMs);
  }
}

/** States apart: what they held before the span matters too, so that they cannot be made anew as far back. */
function spansOf(touched: ReadonlyMap<DeviceKey, Touched>): RecomputeSpan[] {
  return [false, true].flatMap((isState) => {
    const devices: DeviceKey[] = [];
    const metrics = new Set<MetricName>();
    let from = Number.POSITIVE_INFINITY;
    let to = 0;
    for (const [device, { metrics: its, first, last }] of touched) {
      const wanted = [...its].filter((name) => (metricOf(name).kind === 'state') === isState);
      if (wanted.length === 0) continue;
      devices.push(device);
      for (const name of wanted) metrics.add(name);
      from = Math.min(from, first);
      to = Math.max(to, last + 1);
    }
    return devices.length === 0 ? [] : [{ devices, metrics: [...metrics], from, to }];
  });
}
