import type { KeptAlarmRule } from '../../broker/contract/alarm-rules.ts';
import { type Device, expectedIntervalMs } from '../../broker/contract/device.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { LiveReadings } from '../../broker/contract/live.ts';
import { type MetricName, metricOf } from '../../broker/contract/metrics.ts';
import { staleAfterIntervals } from '../../broker/contract/standing.ts';
import { seriesConditions } from '../domain/alarms/check-rule.ts';
import type { Sample, Verdict } from '../domain/alarms/condition.ts';
import { isInScope } from '../domain/alarms/scope.ts';
import {
  isIdle,
  type Turn,
  type WatchMemory,
  watchSample,
  watchVerdict,
} from '../domain/alarms/watch.ts';
import { noRow, SeriesRows } from './series-rows.ts';
import { Silence } from './silence.ts';
import { newWatch, type Watch, type WatchedDevice, WatchedSeries } from './watched.ts';

export interface EvaluatorDeps {
  rules(): readonly KeptAlarmRule[];
  deviceOf(key: DeviceKey): Device | undefined;
  /** Of the process before; each is taken out once. */
  memories: Map<string, WatchMemory>;
  /** The active alarm of a rule and device, and the metric that it is about. */
  activeOf(rule: string, device: DeviceKey): { metric?: string | undefined } | undefined;
  onTurn(rule: KeptAlarmRule, device: DeviceKey, turn: Turn): void;
  /** Undefined: it need not be kept any more. */
  keep(key: string, memory: WatchMemory | undefined): void;
}

/** Readings that came so late are history: they raise no alarm. As for the tiers, `lateMsMax`. */
const historyAfterMs = 48 * 3_600_000;

/** Holds readings against the rules that are about their series, and silence against the clock. */
export class Evaluator {
  readonly #deps: EvaluatorDeps;
  readonly #devices = new Map<DeviceKey, WatchedDevice>();
  readonly #rows = new SeriesRows();
  readonly #silence = new Silence(this.#rows, (watch, turn) => this.#note(watch, turn));
  #dirty = new Set<Watch>();

  constructor(deps: EvaluatorDeps) {
    this.#deps = deps;
  }

  /** A series that was heard of before this process: what is older is not news. */
  seed(key: DeviceKey, { metric, ...sample }: Sample & { metric: MetricName }, now: number): void {
    const device = this.#device(key, now);
    if (!device) return;
    const place = this.#place(device, metric, now);
    const [row, series] = [device.rows[place], device.series[place]];
    if (row === undefined || !series) return;
    series.catchUp();
    const last = this.#rows.last(row);
    if (last && last.at >= sample.at) return;
    this.#rows.note(row, sample);
    for (const { memory } of series.watches) memory.lastAt ??= sample.at;
    series.look();
  }

  /** The device that said it; undefined: nobody knows it. */
  hear({ device: key, receivedAt, readings }: LiveReadings): Device | undefined {
    const device = this.#devices.get(key) ?? this.#device(key, receivedAt);
    if (!device) return undefined;
    let row = device.firstRow;
    for (const reading of readings) {
      if (!this.#rows.isOf(row, device.firstRow, reading.metric))
        row = device.rows[this.#place(device, reading.metric, receivedAt)] ?? noRow;
      this.#rows.heard(row, receivedAt);
      if (reading.at >= receivedAt - historyAfterMs) {
        const isQuiet = this.#rows.passes(row, reading, device.gapMs);
        if (!isQuiet || this.#rows.hasMore(row)) this.#ask(device, { row, reading, isQuiet });
      }
      row += 1;
    }
    return device.description;
  }

  /** Silence grows by itself. */
  tick(now: number): void {
    this.#silence.look(now);
  }

  /**
   * Judges a device by what was found out about it elsewhere: closed hours, the state of a lamp. Whether the alarm is
   * neither on nor on its way then.
   */
  judgeVerdict(
    rule: KeptAlarmRule,
    key: DeviceKey,
    found: { metric?: MetricName; verdict: Verdict; at: number; gapMs: number },
  ): boolean {
    const device = this.#device(key, found.at);
    if (!device) return true;
    const watch = this.#verdictWatch(rule, device, found.metric);
    this.#note(watch, watchVerdict(rule, watch.memory, found, found.gapMs));
    return !watch.memory.isActive && watch.memory.turningSinceAt === undefined;
  }

  /** A rule is new, another one, or gone. Its alarms are held against the last samples at once. */
  replaceRule(id: string, rule: KeptAlarmRule | undefined, isSame: boolean): void {
    for (const device of this.#devices.values()) {
      for (const watches of allWatches(device)) {
        for (const watch of watches) if (watch.rule.id === id && rule && isSame) watch.rule = rule;
      }
      if (!isSame) this.#rewatch(device, id);
    }
  }

  /** A device was described anew, or deleted. */
  describe(key: DeviceKey, description: Device | undefined): void {
    const device = this.#devices.get(key);
    if (!device) return;
    if (!description) {
      for (const watch of allWatches(device).flat()) this.#forget(watch);
      // The last one first, so that the next device finds them in order.
      for (const row of device.rows.toReversed()) this.#rows.give(row);
      this.#silence.forget(device);
      this.#devices.delete(key);
      return;
    }
    const wasAsked = scopeFields(device.description);
    device.description = description;
    device.intervalMs = expectedIntervalMs(description);
    device.gapMs = device.intervalMs * staleAfterIntervals;
    if (wasAsked !== scopeFields(description)) this.#rewatch(device);
    else this.#silence.askAnew(device);
  }

  /** Writes down memories that have changed, so many at the most. */
  keepMemories(max: number): void {
    for (const watch of this.#dirty) {
      if (max-- <= 0) return;
      this.#keep(watch);
    }
  }

  /** Series that are watched. */
  get seriesCount(): number {
    let count = 0;
    for (const { series } of this.#devices.values()) count += series.length;
    return count;
  }

  devicesOf({ scope }: Pick<KeptAlarmRule, 'scope'>): { device: Device; metrics: MetricName[] }[] {
    const found: { device: Device; metrics: MetricName[] }[] = [];
    for (const { description, metrics } of this.#devices.values())
      if (isInScope(scope, description)) found.push({ device: description, metrics: [...metrics] });
    return found;
  }

  #verdictWatch(rule: KeptAlarmRule, device: WatchedDevice, metric: MetricName | undefined): Watch {
    for (const known of device.watches)
      if (known.rule.id === rule.id && known.metric === metric) return known;
    const watch = this.#watch(rule, device, metric);
    device.watches.push(watch);
    return watch;
  }

  /** Asks the rules of a series that a reading did not pass by, or that are asked always. */
  #ask(
    device: WatchedDevice,
    { row, reading, isQuiet }: { row: number; reading: Sample; isQuiet: boolean },
  ): void {
    const series = device.series[device.rows.indexOf(row)];
    if (!series) return;
    if (isQuiet) {
      this.#rows.noted(row);
      if (series.still) this.#note(series.still, undefined);
      for (const watch of series.others) this.#judge(watch, reading);
      return;
    }
    series.catchUp();
    this.#rows.note(row, reading);
    for (const watch of series.watches) this.#judge(watch, reading);
    series.look();
  }

  #judge(watch: Watch, sample: Sample): void {
    this.#note(watch, watchSample(watch.rule, watch.memory, sample, watch.device.gapMs));
  }

  #note(watch: Watch, turn: Turn | undefined): void {
    if (!watch.isDirty && (watch.isKept || !isIdle(watch.memory))) {
      watch.isDirty = true;
      this.#dirty.add(watch);
    }
    if (!turn) return;
    // With the alarm, in one transaction.
    this.#keep(watch);
    this.#tell(watch, turn);
  }

  #tell({ rule, device, metric }: Watch, turn: Turn): void {
    // One alarm for a rule and device: it is over when the last of its series is.
    const isElsewhere =
      turn.turned === 'off' &&
      allWatches(device).some((watches) =>
        watches.some((one) => one.rule.id === rule.id && one.memory.isActive),
      );
    if (isElsewhere) return;
    this.#deps.onTurn(rule, device.key, metric ? { ...turn, metric } : turn);
  }

  #keep(watch: Watch): void {
    this.#clean(watch);
    const { series, metrics } = watch.device;
    if (watch.metric) series[metrics.indexOf(watch.metric)]?.catchUp();
    const isWanted = !isIdle(watch.memory);
    if (isWanted || watch.isKept)
      this.#deps.keep(keyOf(watch), isWanted ? watch.memory : undefined);
    watch.isKept = isWanted;
  }

  #clean(watch: Watch): void {
    if (!watch.isDirty) return;
    watch.isDirty = false;
    this.#dirty.delete(watch);
  }

  #forget(watch: Watch): void {
    this.#clean(watch);
    if (watch.isKept) this.#deps.keep(keyOf(watch), undefined);
  }

  #device(key: DeviceKey, now: number): WatchedDevice | undefined {
    const known = this.#devices.get(key);
    if (known) return known;
    const description = this.#deps.deviceOf(key);
    if (!description) return undefined;
    const intervalMs = expectedIntervalMs(description);
    const device: WatchedDevice = {
      key,
      description,
      intervalMs,
      gapMs: intervalMs * staleAfterIntervals,
      sinceAt: now,
      firstRow: noRow,
      silencePlace: 0,
      metrics: [],
      rows: [],
      series: [],
      watches: [],
    };
    device.watches = this.#rulesFor(device, undefined).map((rule) =>
      this.#watch(rule, device, rule.metric),
    );
    this.#devices.set(key, device);
    this.#silence.watch(device);
    return device;
  }

  /** Where a device has a series, which it has from now on. */
  #place(device: WatchedDevice, metric: MetricName, now: number): number {
    const known = device.metrics.indexOf(metric);
    if (known >= 0) return known;
    const watches = this.#rulesFor(device, metric).map((rule) => this.#watch(rule, device, metric));
    const row = this.#rows.take(metric, now, device.rows[0]);
    if (device.firstRow === noRow) device.firstRow = row;
    const series = new WatchedSeries(this.#rows, row);
    series.watchBy(watches);
    device.rows.push(row);
    device.series.push(series);
    this.#silence.askAnew(device);
    return device.metrics.push(metric) - 1;
  }

  #watch(rule: KeptAlarmRule, device: WatchedDevice, metric: MetricName | undefined): Watch {
    const watch = newWatch(rule, { device, metric });
    const kept = this.#deps.memories.get(keyOf(watch));
    const active = this.#deps.activeOf(rule.id, device.key);
    if (kept) {
      watch.isKept = true;
      // Whether an alarm is there, the alarms know best.
      watch.memory = { ...kept, isActive: kept.isActive && active !== undefined };
      this.#deps.memories.delete(keyOf(watch));
    } else watch.memory.isActive = isAbout(active, metric);
    return watch;
  }

  /** Rules about a metric of a device, or (without one) about its silence. */
  #rulesFor({ description }: WatchedDevice, metric: MetricName | undefined): KeptAlarmRule[] {
    return this.#deps.rules().filter((rule) => {
      if (!rule.enabled || !isInScope(rule.scope, description)) return false;
      const { type } = rule.condition;
      if (metric === undefined) return type === 'missing';
      if (!seriesConditions.has(type)) return false;
      if (rule.metric) return rule.metric === metric;
      // Switches and counters stand still rightly.
      return type !== 'stuck' || metricOf(metric).kind === 'gauge';
    });
  }

  /** Finds anew which rules are about a device; those that still are keep their memory, but not one that changed. */
  #rewatch(device: WatchedDevice, changedRule?: string): void {
    const again = (before: readonly Watch[], metric: MetricName | undefined): Watch[] => {
      for (const watch of before) if (watch.rule.id === changedRule) this.#forget(watch);
      const after = this.#rulesFor(device, metric).map((rule) => {
        const known = before.find((one) => one.rule.id === rule.id && rule.id !== changedRule);
        return known ?? this.#fresh(rule, device, metric ?? rule.metric);
      });
      for (const watch of before)
        if (watch.rule.id !== changedRule && !after.includes(watch)) this.#forget(watch);
      return after;
    };
    const verdicts = device.watches.filter((watch) => this.#isStillVerdict(watch, changedRule));
    const silence = device.watches.filter((watch) => !verdicts.includes(watch));
    device.watches = [...again(silence, undefined), ...verdicts];
    this.#silence.askAnew(device);
    for (const [place, series] of device.series.entries()) {
      series.watchBy(again(series.watches, device.metrics[place]));
      const last = this.#rows.last(device.rows[place] ?? 0);
      for (const watch of series.watches)
        if (watch.rule.id === changedRule && watch.memory.isActive && last)
          this.#judge(watch, last);
      series.look();
    }
  }

  /** Those that are judged elsewhere are there from their first verdict on. */
  #isStillVerdict({ rule, device }: Watch, changedRule: string | undefined): boolean {
    const { id, scope, condition } = rule;
    if (condition.type === 'missing' || id === changedRule) return false;
    return isInScope(scope, device.description);
  }

  #fresh(rule: KeptAlarmRule, device: WatchedDevice, metric: MetricName | undefined): Watch {
    const active = this.#deps.activeOf(rule.id, device.key);
    return newWatch(rule, { device, metric }, isAbout(active, metric));
  }
}

function allWatches({ watches, series }: WatchedDevice): (readonly Watch[])[] {
  return [watches, ...series.map((one) => one.watches)];
}

/** The alarm of a whole device names the metric that was worst; the watch has none. */
function isAbout(
  active: { metric?: string | undefined } | undefined,
  metric: string | undefined,
): boolean {
  return active !== undefined && (metric === undefined || active.metric === metric);
}

/** What decides which rules are about a device. */
function scopeFields({ kind, provider, id }: Device): string {
  return `${kind} ${provider}/${id}`;
}

function keyOf({ rule, device, metric }: Watch): string {
  return `${rule.id} ${device.key} ${metric ?? ''}`;
}
