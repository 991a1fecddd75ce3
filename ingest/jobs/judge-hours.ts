import { setImmediate } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type Device, expectedIntervalMs } from '../../broker/contract/device.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { Instant } from '../../broker/contract/instant.ts';
import { JobArgsInvalid } from '../../broker/contract/jobs.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { hourReasons } from '../../broker/contract/quality.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import type { RawColumns } from '../../broker/contract/series.ts';
import { windowStart } from '../../broker/contract/windows.ts';
import { type Changed, judgeHours } from '../domain/quality/closed-hours.ts';
import { hasHourTests, thresholdsFor } from '../domain/quality/thresholds.ts';
import { ingestLimits } from '../limits.ts';
import { readRawOfMany } from '../store/read-of-many.ts';
import { batchOf, type ReadingBatch, readingAt } from '../store/reading-batch.ts';
import { closedAfterMs, type Store, type StoredReading } from '../store/store.ts';
import { HourComparison, type JudgedSeries } from './compare-hours.ts';
import type { Job, JobContext } from './scheduler.ts';

export interface HourJudgeDeps {
  store: Pick<Store, 'latest' | 'raw' | 'rawOfMany' | 'judge'>;
  registry: Pick<Registry, 'device' | 'devices'>;
  /** Marks the windows of judged readings for rolling up. */
  mark(batch: ReadingBatch): Promise<void>;
  clock: () => number;
  log: Logger;
}

export interface HourJudge {
  job: Job;
  /** Remembers which series got readings of hours that were judged already. Bounded; forgotten at a restart. */
  noteStored(batch: ReadingBatch): void;
}

const hourMs = 3_600_000;
/** Closed hours that each run judges: an hour's last samples want the next hour's beside them. */
const hoursJudged = 3;
/** Hours that a run goes back to make up for runs that were left out. */
const hoursBackMax = 24;
/** Data before the first judged hour that tests look at: the longest flat line. */
const contextMs = 3 * hourMs;
/** How far back late readings let their series be judged anew; older ones by hand (`from`, `to`). */
const lateMsMax = 48 * hourMs;
/** Series that are read at once: what a write of the sink may find waiting before it. */
const readAtOnce = 500;
/** Series that are judged before others get a turn. */
const judgedAtOnce = 10;
/** Series that are compared with their neighbours before others get a turn. */
const comparedAtOnce = 50;

const Args = z.strictObject({ from: Instant.optional(), to: Instant.optional() });

interface Span {
  from: number;
  to: number;
}

/**
 * Judges samples after their hour has closed: spike, flat line, outlier, noise, and the comparison with neighbours.
 * What it decides depends on the stored values only, so a run may be repeated; only what changed is written and
 * rolled up again.
 */
export function createHourJudge(deps: HourJudgeDeps): HourJudge {
  const lateFrom = new Map<string, number>();
  let judgedTo: number | undefined;

  return {
    job: {
      name: 'judge-hours',
      what: 'judges the quality of closed hours; args: from, to (default: the last hours)',
      cron: '6 * * * *',
      async run(context) {
        const wanted = parseArgs(context.args);
        const to = windowStart('1h', deps.clock() - closedAfterMs['1h']);
        const span = wanted ?? { from: regularFrom(to), to };
        const late = wanted ? new Map<string, number>() : new Map(lateFrom);
        await judgeSpan(span, late, { ...deps, ...context, isFirst: judgedTo === undefined });
        if (wanted) return;
        judgedTo = to;
        for (const [key, from] of late) if (lateFrom.get(key) === from) lateFrom.delete(key);
      },
    },
    noteStored({ length, table, series, at, receivedAt }) {
      const judgedBefore = (judgedTo ?? 0) - (hoursJudged - 1) * hourMs;
      for (let row = 0; row < length; row++) {
        const instant = at[row] as number;
        if (instant >= judgedBefore || (receivedAt[row] as number) - instant > lateMsMax) continue;
        const hour = windowStart('1h', instant);
        const { device, metric } = table.series(series[row] as number);
        const key = `${device} ${metric}`;
        const known = lateFrom.get(key);
        if (known === undefined && lateFrom.size >= ingestLimits.lateSeriesMax) continue;
        lateFrom.set(key, Math.min(known ?? hour, hour));
      }
    },
  };

  function regularFrom(to: number): number {
    const missed = Math.max(judgedTo ?? to, to - hoursBackMax * hourMs);
    return Math.min(to - hoursJudged * hourMs, missed - (hoursJudged - 1) * hourMs);
  }
}

function parseArgs(args: unknown): Span | undefined {
  const parsed = Args.safeParse(args ?? {});
  if (!parsed.success) throw new JobArgsInvalid(parsed.error.issues[0]?.message ?? 'not valid');
  const { from, to } = parsed.data;
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined || !(from < to))
    throw new JobArgsInvalid('from and to belong together, from before to');
  return { from: windowStart('1h', from), to: windowStart('1h', to - 1) + hourMs };
}

type RunDeps = HourJudgeDeps & Pick<JobContext, 'report' | 'signal'> & { isFirst: boolean };

async function judgeSpan(
  span: Span,
  late: ReadonlyMap<string, number>,
  deps: RunDeps,
): Promise<void> {
  const figures = { total: 0, done: 0, changed: 0, left: 0 };
  const changes = new Changes(deps, (count) => {
    figures.changed += count;
  });
  const comparison = new HourComparison(span);
  const tasks = tasksOf(await deps.store.latest(), { span, late, deps });
  figures.total = tasks.length;
  for (const group of groupsOf(tasks)) {
    const read = await readGroup(group, deps.store);
    for (const [index, task] of group.entries()) {
      deps.signal.throwIfAborted();
      if (index % judgedAtOnce === 0) await setImmediate();
      const columns = read[index];
      if (columns) {
        if (deps.isFirst) changes.markAgain(task, columns);
        await changes.add(task, columns, judgeHours(columns, task));
        comparison.add(task, columns);
      } else figures.left++;
      figures.done++;
    }
    deps.report(figures);
  }
  let compared = 0;
  for (const outdated of comparison.outdated(deps.registry)) {
    deps.signal.throwIfAborted();
    if (++compared % comparedAtOnce === 0) await setImmediate();
    for (const { series, from, to, verdict } of outdated) {
      const query = { series: [series], from, to, rowsMax: ingestLimits.judgeRowsMax };
      const [columns] = await readRawOfMany(deps.store, query);
      if (columns) await changes.add(series, columns, comparison.changed(columns, verdict));
    }
  }
  await changes.flush();
  deps.report(figures);
  if (figures.left > 0)
    deps.log.warn({ series: figures.left }, 'series with too many samples were not judged');
}

type Task = JudgedSeries & Span;

/** The series that have something to judge in the span, or since their late readings. */
function tasksOf(
  newest: readonly StoredReading[],
  { span, late, deps }: { span: Span; late: ReadonlyMap<string, number>; deps: RunDeps },
): Task[] {
  const tasks: Task[] = [];
  for (const { device, metric, at } of newest) {
    const lateAt = late.get(`${device} ${metric}`);
    if (at < span.from && lateAt === undefined) continue;
    const description = deps.registry.device(device);
    const thresholds = thresholdsOf(metric, description);
    if (!hasHourTests(thresholds)) continue;
    const intervalMs = expectedIntervalMs(description ?? { kind: 'other' });
    const from = Math.min(span.from, lateAt ?? span.from);
    tasks.push({ device, metric, thresholds, intervalMs, from, to: span.to });
  }
  return tasks;
}

function thresholdsOf(metric: MetricName, device: Device | undefined) {
  return thresholdsFor({
    metric,
    model: device?.model,
    method: device?.station?.method,
    overrides: device?.quality,
  });
}

/** Series of the same span, as many as are read at once. */
function* groupsOf(tasks: readonly Task[]): Generator<Task[]> {
  const byStart = new Map<number, Task[]>();
  for (const task of tasks) {
    const group = byStart.get(task.from) ?? [];
    byStart.set(task.from, group);
    group.push(task);
    if (group.length < readAtOnce) continue;
    yield group;
    byStart.delete(task.from);
  }
  yield* byStart.values();
}

/** The samples of the group's span and those around it; undefined for a series with too many to judge at once. */
async function readGroup(
  group: readonly Task[],
  store: HourJudgeDeps['store'],
): Promise<(RawColumns | undefined)[]> {
  const [first] = group;
  if (!first) return [];
  const span = { from: first.from - contextMs, to: first.to + hourMs };
  return readRawOfMany(store, { series: group, ...span, rowsMax: ingestLimits.judgeRowsMax });
}

/** Collects judgements and hands them to the store in batches, then to the roll-ups. */
class Changes {
  readonly #deps: RunDeps;
  readonly #onWritten: (count: number) => void;
  #waiting: StoredReading[] = [];
  #again: StoredReading[] = [];

  constructor(deps: RunDeps, onWritten: (count: number) => void) {
    this.#deps = deps;
    this.#onWritten = onWritten;
  }

  /** Takes over the changes into `columns` too: what follows sees them. */
  async add(
    { device, metric }: { device: DeviceKey; metric: MetricName },
    columns: RawColumns,
    changed: readonly Changed[],
  ): Promise<void> {
    for (const { index, flag, reasons } of changed) {
      columns.flag[index] = flag;
      columns.reasons[index] = reasons;
      this.#waiting.push(readingAt({ device, metric }, columns, index));
    }
    if (this.#waiting.length + this.#again.length >= ingestLimits.judgeBatchMax) await this.flush();
  }

  /**
   * A process that ended between judging and rolling up has left no mark: the first run of the next one marks what
   * it finds judged by closed hours.
   */
  markAgain({ device, metric, from, to }: Task, columns: RawColumns): void {
    columns.at.forEach((at, index) => {
      if (at < from || at >= to || ((columns.reasons[index] as number) & hourReasons) === 0) return;
      this.#again.push(readingAt({ device, metric }, columns, index));
    });
  }

  async flush(): Promise<void> {
    const [batch, again] = [this.#waiting, this.#again];
    [this.#waiting, this.#again] = [[], []];
    if (batch.length > 0) await this.#deps.store.judge(batch);
    this.#onWritten(batch.length);
    await this.#deps.mark(batchOf([...batch, ...again]));
  }
}
