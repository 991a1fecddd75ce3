import type { KeptAlarmRule } from '../../broker/contract/alarm-rules.ts';
import { type Device, expectedIntervalMs } from '../../broker/contract/device.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import type { LiveReadings } from '../../broker/contract/live.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import { staleAfterIntervals } from '../../broker/contract/standing.ts';
import type { Sample, Verdict } from '../domain/alarms/condition.ts';
import {
  type DeviceState,
  type DeviceStateMemory,
  followDevice,
  isAboutState,
  stateVerdict,
  takeValues,
} from '../domain/alarms/device-state.ts';
import { isInScope } from '../domain/alarms/scope.ts';

export interface DeviceStatesDeps {
  rules(): readonly KeptAlarmRule[];
  deviceOf(key: DeviceKey): Device | undefined;
  /** Of the process before; each is taken out once. */
  states: Map<string, DeviceStateMemory>;
  onVerdict(
    rule: KeptAlarmRule,
    device: DeviceKey,
    found: { verdict: Verdict; at: number; gapMs: number },
  ): void;
  /** Undefined: it need not be kept any more. */
  keep(device: DeviceKey, memory: DeviceStateMemory | undefined): void;
}

/** Follows how lamps and containers stand, and holds that against the rules about it. */
export class DeviceStates {
  readonly #deps: DeviceStatesDeps;
  readonly #devices = new Map<DeviceKey, DeviceState>();
  readonly #dirty = new Set<DeviceKey>();
  #rules: { of: readonly KeptAlarmRule[]; about: KeptAlarmRule[] } = { of: [], about: [] };

  constructor(deps: DeviceStatesDeps) {
    this.#deps = deps;
  }

  /** A value that was there before this process. */
  seed(key: DeviceKey, reading: Sample & { metric: MetricName }): void {
    const device = this.#deps.deviceOf(key);
    if (device && hasState(device)) takeValues(this.#state(key), [reading]);
  }

  hear({ device: key, readings }: LiveReadings): void {
    const rules = this.#rulesAbout();
    const device = rules.length > 0 ? this.#deps.deviceOf(key) : undefined;
    if (!device || !hasState(device)) return;
    const state = this.#state(key);
    takeValues(state, readings);
    const at = readings.reduce((newest, reading) => Math.max(newest, reading.at), 0);
    const memory = followDevice(state, device, at);
    if (!memory || memory === state.memory) return;
    state.memory = memory;
    this.#dirty.add(key);
    const gapMs = expectedIntervalMs(device) * staleAfterIntervals;
    for (const rule of rules) {
      const verdict = isInScope(rule.scope, device) ? stateVerdict(rule, memory) : undefined;
      if (verdict) this.#deps.onVerdict(rule, key, { verdict, at, gapMs });
    }
  }

  /** A device was described anew, or deleted. */
  describe(key: DeviceKey, device: Device | undefined): void {
    if (device && hasState(device)) return;
    this.#dirty.delete(key);
    if (this.#devices.delete(key)) this.#deps.keep(key, undefined);
  }

  /** Writes down what has changed, of so many devices at the most. */
  keepStates(max: number): void {
    for (const key of this.#dirty) {
      if (max-- <= 0) return;
      this.#dirty.delete(key);
      this.#deps.keep(key, this.#devices.get(key)?.memory);
    }
  }

  #state(key: DeviceKey): DeviceState {
    const known = this.#devices.get(key);
    if (known) return known;
    const state: DeviceState = { values: new Map(), memory: this.#deps.states.get(key) };
    this.#deps.states.delete(key);
    this.#devices.set(key, state);
    return state;
  }

  #rulesAbout(): KeptAlarmRule[] {
    const of = this.#deps.rules();
    if (this.#rules.of !== of)
      this.#rules = { of, about: of.filter((rule) => rule.enabled && isAboutState(rule)) };
    return this.#rules.about;
  }
}

function hasState({ kind }: Device): boolean {
  return kind === 'light' || kind === 'waste';
}
