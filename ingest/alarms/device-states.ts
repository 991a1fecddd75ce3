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
  newDeviceState,
  standingOf,
  stateVerdict,
  takeValues,
} from '../domain/alarms/device-state.ts';
import { isInScope } from '../domain/alarms/scope.ts';

interface Followed extends DeviceState {
  /** Its memory has changed since it was written. */
  isDirty: boolean;
  /** Newest event time that was held against the rules. */
  judgedAt: number;
  /** What the rules found nothing in, see {@link Rest}. */
  rest: Rest | undefined;
}

/**
 * While a device stands as it stood when none of its alarms was on or on its way, by the same rules and description,
 * the rules would say the same once more: they are not asked.
 */
interface Rest {
  standing: string;
  device: Device;
  rules: readonly KeptAlarmRule[];
}

export interface DeviceStatesDeps {
  rules(): readonly KeptAlarmRule[];
  deviceOf(key: DeviceKey): Device | undefined;
  /** Of the process before; each is taken out once. */
  states: Map<string, DeviceStateMemory>;
  /** Whether the alarm is neither on nor on its way then. */
  onVerdict(
    rule: KeptAlarmRule,
    device: DeviceKey,
    found: { verdict: Verdict; at: number; gapMs: number },
  ): boolean;
  /** Undefined: it need not be kept any more. */
  keep(device: DeviceKey, memory: DeviceStateMemory | undefined): void;
}

/** Follows how lamps and containers stand, and holds that against the rules about it. */
export class DeviceStates {
  readonly #deps: DeviceStatesDeps;
  readonly #devices = new Map<DeviceKey, Followed>();
  readonly #dirty = new Map<DeviceKey, Followed>();
  #rules: { of: readonly KeptAlarmRule[]; about: KeptAlarmRule[] } = { of: [], about: [] };

  constructor(deps: DeviceStatesDeps) {
    this.#deps = deps;
  }

  /** A value that was there before this process. */
  seed(key: DeviceKey, reading: Sample & { metric: MetricName }): void {
    const device = this.#deps.deviceOf(key);
    if (device && hasState(device)) takeValues(this.#state(key), [reading]);
  }

  hear(device: Device, { device: key, readings }: LiveReadings): void {
    if (!hasState(device)) return;
    const rules = this.#rulesAbout();
    if (rules.length === 0) return;
    const state = this.#state(key);
    takeValues(state, readings);
    let at = 0;
    for (const reading of readings) if (reading.at > at) at = reading.at;
    state.memory = followDevice(state, device, at) ?? state.memory;
    if (!state.isDirty) {
      state.isDirty = true;
      this.#dirty.set(key, state);
    }
    // Of an earlier instant than the last verdict: it changes nothing.
    if (at < state.judgedAt) return;
    state.judgedAt = at;
    if (state.memory && !isAtRest(state, device, rules)) this.#judge(state, device, { key, at });
  }

  /** A device was described anew, or deleted. */
  describe(key: DeviceKey, device: Device | undefined): void {
    if (device && hasState(device)) return;
    this.#dirty.delete(key);
    if (this.#devices.delete(key)) this.#deps.keep(key, undefined);
  }

  /** Writes down what has changed, of so many devices at the most. */
  keepStates(max: number): void {
    for (const [key, state] of this.#dirty) {
      if (max-- <= 0) return;
      this.#dirty.delete(key);
      state.isDirty = false;
      this.#deps.keep(key, state.memory);
    }
  }

  /** Holds how a device stands against the rules about it. */
  #judge(state: Followed, device: Device, { key, at }: { key: DeviceKey; at: number }): void {
    const { memory } = state;
    if (!memory) return;
    const rules = this.#rulesAbout();
    const gapMs = expectedIntervalMs(device) * staleAfterIntervals;
    let isAtRest = true;
    for (const rule of rules) {
      const verdict = isInScope(rule.scope, device) ? stateVerdict(rule, memory) : undefined;
      if (verdict && !this.#deps.onVerdict(rule, key, { verdict, at, gapMs })) isAtRest = false;
    }
    state.rest = isAtRest ? { standing: standingOf(memory), device, rules } : undefined;
  }

  #state(key: DeviceKey): Followed {
    const known = this.#devices.get(key);
    if (known) return known;
    const state: Followed = {
      ...newDeviceState(this.#deps.states.get(key)),
      isDirty: false,
      judgedAt: Number.NEGATIVE_INFINITY,
      rest: undefined,
    };
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

function isAtRest(
  { memory, rest }: Followed,
  device: Device,
  rules: readonly KeptAlarmRule[],
): boolean {
  if (!memory || !rest) return false;
  return rest.device === device && rest.rules === rules && rest.standing === standingOf(memory);
}

function hasState({ kind }: Device): boolean {
  return kind === 'light' || kind === 'waste';
}
