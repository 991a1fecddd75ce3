import { setImmediate } from 'node:timers/promises';
import type { AlarmRule, RuleTest } from '../../broker/contract/alarm-rules.ts';
import { type Device, expectedIntervalMs } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey } from '../../broker/contract/ids.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { qualityFlags } from '../../broker/contract/quality.ts';
import type { RawColumns, TierColumns } from '../../broker/contract/series.ts';
import { staleAfterIntervals } from '../../broker/contract/standing.ts';
import { windowStart } from '../../broker/contract/windows.ts';
import { hourMs } from '../domain/air/year-hours.ts';
import type { Sample } from '../domain/alarms/condition.ts';
import { missing } from '../domain/alarms/conditions/missing.ts';
import {
  followDevice,
  isAboutState,
  newDeviceState,
  stateMetricsOf,
  stateVerdict,
  takeValues,
} from '../domain/alarms/device-state.ts';
import {
  hourMetricsOf,
  hoursBackMax,
  hourVerdicts,
  isAboutHours,
} from '../domain/alarms/hour-verdicts.ts';
import { newMemory, type Turn, watchSample, watchVerdict } from '../domain/alarms/watch.ts';
import { QueryTooLarge, type Store, StoreUnavailable } from '../store/store.ts';
import { readHourMeans } from './closed-hours.ts';
import { alarmLimits } from './limits.ts';
import { assertValid } from './rule-book.ts';

const dayMs = 24 * hourMs;
/** A longer span is tried on minutes instead of samples. */
const rawMsMax = 3 * dayMs;
/** Samples that are judged before others have their turn. */
const samplesAtOnce = 5_000;

interface Span {
  from: number;
  to: number;
}

export interface RuleTestDeps {
  store: Pick<Store, 'raw' | 'rollups' | 'rollupsOfMany'>;
  /** Devices in the scope of a rule, with the metrics that were heard of them. */
  devicesOf(rule: Pick<AlarmRule, 'scope'>): { device: Device; metrics: MetricName[] }[];
}

type Fired = RuleTest['alarms'][number];

/**
 * Tries rules on what is stored, by the very conditions that judge live readings, device by device, so that
 * nothing else has to wait. Alarms are counted for each device: grouping is not part of the test.
 */
export class RuleTests {
  readonly #deps: RuleTestDeps;
  #underWay = 0;

  constructor(deps: RuleTestDeps) {
    this.#deps = deps;
  }

  /** @throws RuleInvalid, StoreUnavailable */
  async run(rule: AlarmRule, span: Span): Promise<RuleTest> {
    assertValid(rule);
    if (this.#underWay >= alarmLimits.testsAtOnceMax)
      throw new StoreUnavailable('other rules are being tested: try again in a moment');
    this.#underWay += 1;
    try {
      return await this.#run(rule, span);
    } finally {
      this.#underWay -= 1;
    }
  }

  async #run(rule: AlarmRule, span: Span): Promise<RuleTest> {
    const all = this.#deps.devicesOf(rule).filter((one) => metricsOf(rule, one).length > 0);
    const tried = all.slice(0, alarmLimits.testDevicesMax);
    let skipped = all.length - tried.length;
    const fired: Fired[] = [];
    for (const one of tried) {
      try {
        fired.push(...(await this.#ofDevice(rule, one, span)));
      } catch (error) {
        if (!(error instanceof QueryTooLarge)) throw error;
        skipped += 1;
      }
      await setImmediate();
    }
    fired.sort((a, b) => a.raisedAt - b.raisedAt);
    return {
      ...span,
      devices: all.length - skipped,
      skipped,
      fired: fired.length,
      alarms: fired.slice(0, alarmLimits.testAlarmsMax),
      perDay: fired.length / ((span.to - span.from) / dayMs),
    };
  }

  async #ofDevice(
    rule: AlarmRule,
    one: { device: Device; metrics: MetricName[] },
    span: Span,
  ): Promise<Fired[]> {
    const metrics = metricsOf(rule, one);
    if (isAboutHours(rule)) return this.#hours(rule, one.device, metrics, span);
    if (isAboutState(rule)) return this.#states(rule, one.device, metrics, span);
    if (rule.condition.type === 'missing') return this.#silence(rule, one.device, metrics, span);
    const turns: Turn[][] = [];
    const gapMs = expectedIntervalMs(one.device) * staleAfterIntervals;
    for (const metric of metrics) {
      const samples = await this.#samples(keyOf(one.device), metric, span);
      turns.push(await turnsOf(rule, samples, gapMs));
    }
    return firedBy(keyOf(one.device), turns);
  }

  /** All values of an instant are one look at the device. */
  async #states(
    rule: AlarmRule,
    device: Device,
    metrics: MetricName[],
    span: Span,
  ): Promise<Fired[]> {
    const readings: (Sample & { metric: MetricName })[] = [];
    for (const metric of metrics)
      for (const sample of await this.#samples(keyOf(device), metric, span))
        readings.push({ metric, ...sample });
    readings.sort((a, b) => a.at - b.at);
    const gapMs = expectedIntervalMs(device) * staleAfterIntervals;
    const state = newDeviceState();
    const memory = newMemory();
    const turns: Turn[] = [];
    for (const [index, reading] of readings.entries()) {
      if (index % samplesAtOnce === samplesAtOnce - 1) await setImmediate();
      takeValues(state, [reading]);
      const { at } = reading;
      if (readings[index + 1]?.at === at) continue;
      state.memory = followDevice(state, device, at);
      const verdict = state.memory && stateVerdict(rule, state.memory);
      const turn = verdict && watchVerdict(rule, memory, { verdict, at }, gapMs);
      if (turn) turns.push(turn);
    }
    return firedBy(keyOf(device), [turns]);
  }

  async #samples(device: DeviceKey, metric: MetricName, span: Span): Promise<Arrival[]> {
    const query = { device, metric, ...span, rowsMax: alarmLimits.testRowsMax };
    if (span.to - span.from <= rawMsMax) return rawSamples(await this.#deps.store.raw(query));
    return minuteSamples(await this.#deps.store.rollups('1m', query));
  }

  async #silence(
    rule: AlarmRule,
    device: Device,
    metrics: MetricName[],
    span: Span,
  ): Promise<Fired[]> {
    const heard = new Set<number>();
    for (const metric of metrics)
      for (const { receivedAt } of await this.#samples(keyOf(device), metric, span))
        heard.add(receivedAt);
    const { condition, forMs, clearForMs } = rule;
    if (condition.type !== 'missing') return [];
    const intervalMs = expectedIntervalMs(device);
    const memory = newMemory();
    const turns: Turn[] = [];
    let heardAt: number | undefined;
    const look = (at: number): void => {
      if (heardAt === undefined || at >= span.to) return;
      const verdict = missing(condition, { silentMs: at - heardAt, intervalMs });
      const turn = watchVerdict(rule, memory, { verdict, at }, Number.POSITIVE_INFINITY);
      if (turn) turns.push(turn);
    };
    // The instants at which something can change: a message, and the end of the patience after it.
    for (const at of [...[...heard].sort((a, b) => a - b), span.to]) {
      if (heardAt !== undefined) {
        const silentAt = heardAt + condition.intervals * intervalMs + 1;
        for (const instant of [heardAt + clearForMs, silentAt, silentAt + forMs])
          if (instant < at) look(instant);
      }
      if (at < span.to) heardAt = at;
      look(at);
    }
    return firedBy(keyOf(device), [turns]);
  }

  async #hours(
    rule: AlarmRule,
    device: Device,
    wanted: MetricName[],
    span: Span,
  ): Promise<Fired[]> {
    const from = windowStart('1h', span.from);
    const means = await readHourMeans(this.#deps.store, [{ device, wanted }], {
      from: from - hoursBackMax * hourMs,
      to: span.to,
    });
    const meanOf = means(keyOf(device));
    const memories = new Map<string, ReturnType<typeof newMemory>>();
    const turns = new Map<string, Turn[]>();
    for (let endAt = from + hourMs; endAt <= span.to; endAt += hourMs) {
      for (const { metric = '', verdict } of hourVerdicts(rule, device, endAt, meanOf)) {
        const memory = memories.get(metric) ?? newMemory();
        memories.set(metric, memory);
        const turn = watchVerdict(rule, memory, { verdict, at: endAt }, 1.5 * hourMs);
        if (turn) turns.set(metric, [...(turns.get(metric) ?? []), turn]);
      }
    }
    return firedBy(keyOf(device), [...turns.values()]);
  }
}

interface Arrival extends Sample {
  receivedAt: number;
}

function keyOf({ provider, id }: Device): DeviceKey {
  return deviceKey(provider, id);
}

function metricsOf(
  rule: AlarmRule,
  { device, metrics }: { device: Device; metrics: MetricName[] },
): MetricName[] {
  if (isAboutState(rule)) return metrics.filter((one) => stateMetricsOf(rule).includes(one));
  if (!isAboutHours(rule)) return metrics.filter((one) => !rule.metric || one === rule.metric);
  const wanted = hourMetricsOf(rule, device);
  return metrics.filter((metric) => wanted.includes(metric));
}

async function turnsOf(
  rule: AlarmRule,
  samples: readonly Sample[],
  gapMs: number,
): Promise<Turn[]> {
  const memory = newMemory();
  const turns: Turn[] = [];
  for (const [index, sample] of samples.entries()) {
    if (index % samplesAtOnce === samplesAtOnce - 1) await setImmediate();
    const turn = watchSample(rule, memory, sample, gapMs);
    if (turn) turns.push(turn);
  }
  return turns;
}

/** One alarm for a rule and device: on while any of its series is. */
function firedBy(device: DeviceKey, series: readonly Turn[][]): Fired[] {
  const fired: Fired[] = [];
  let isOn = 0;
  for (const { turned, at, value } of series.flat().sort((a, b) => a.at - b.at)) {
    if (turned === 'on') {
      if (isOn === 0) fired.push({ device, raisedAt: at, clearedAt: null, value: value ?? null });
      isOn += 1;
    } else {
      isOn -= 1;
      const last = fired.at(-1);
      if (isOn === 0 && last) last.clearedAt = at;
    }
  }
  return fired;
}

function rawSamples({ at, value, flag, receivedAt }: RawColumns): Arrival[] {
  return at.map((instant, index) => ({
    at: instant,
    value: value[index] ?? Number.NaN,
    flag: flag[index] ?? qualityFlags.missing,
    receivedAt: receivedAt[index] ?? instant,
  }));
}

function minuteSamples({ at, mean, flags }: TierColumns): Arrival[] {
  return at.map((instant, index) => {
    const [good = 0, notEvaluated = 0] = flags[index] ?? [];
    const value = mean[index] ?? null;
    const usable = good + notEvaluated > 0 ? qualityFlags.good : qualityFlags.suspect;
    const flag = value === null ? qualityFlags.bad : usable;
    return { at: instant, value: value ?? Number.NaN, flag, receivedAt: instant };
  });
}
