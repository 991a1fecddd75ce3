import {
  type Alarm,
  type Maintenance,
  MaintenanceFull,
  type NewMaintenance,
  RuleInvalid,
} from '../../broker/contract/alarms.ts';
import type { Device } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceKey, providerOf } from '../../broker/contract/ids.ts';
import type { AlarmFile } from './alarm-file.ts';
import { alarmLimits } from './limits.ts';

interface MaintenanceDeps {
  file: Pick<AlarmFile, 'put' | 'remove'>;
  deviceOf(key: DeviceKey): Device | undefined;
  clock: () => number;
}

/** Planned work. Windows that are over are forgotten; what they did stands in the history of the alarms. */
export class MaintenanceWindows {
  readonly #deps: MaintenanceDeps;
  readonly #windows: Map<string, Maintenance>;
  #begun = '';

  constructor(kept: ReadonlyMap<string, Maintenance>, deps: MaintenanceDeps) {
    this.#deps = deps;
    this.#windows = new Map(kept);
  }

  list(): Maintenance[] {
    return [...this.#windows.values()].sort((a, b) => a.from - b.from);
  }

  /** @throws MaintenanceFull, RuleInvalid */
  put(wanted: NewMaintenance, by: string): Maintenance {
    const { from, to } = wanted;
    if (from >= to) throw new RuleInvalid(`to: ${to} must be after from, ${from}`);
    if (to <= this.#deps.clock()) throw new RuleInvalid(`to: ${to} is over already`);
    if (this.#windows.size >= alarmLimits.maintenanceMax)
      throw new MaintenanceFull(`there are ${alarmLimits.maintenanceMax} windows already`);
    const window = { ...wanted, id: this.#freeId(from), by };
    this.#windows.set(window.id, window);
    this.#deps.file.put('maintenance', window.id, window);
    return window;
  }

  end(id: string): boolean {
    this.#deps.file.remove('maintenance', id);
    return this.#windows.delete(id);
  }

  /** Forgets windows that are over. True when others hold now than at the last call. */
  pass(now: number): boolean {
    for (const { id, to } of this.#windows.values()) if (to <= now) this.end(id);
    const begun = this.list()
      .filter(({ from }) => from <= now)
      .map(({ id }) => id)
      .join(' ');
    const isChanged = begun !== this.#begun;
    this.#begun = begun;
    return isChanged;
  }

  suppressionOf(alarm: Pick<Alarm, 'device' | 'group'>): Alarm['suppressed'] | undefined {
    const now = this.#deps.clock();
    for (const { id, from, to, scope, reason } of this.#windows.values()) {
      if (from <= now && now < to && this.#isIn(scope, alarm))
        return { by: 'maintenance', id, reason };
    }
    return undefined;
  }

  #isIn(
    scope: Maintenance['scope'],
    { device: key, group }: Pick<Alarm, 'device' | 'group'>,
  ): boolean {
    const device = key && this.#deps.deviceOf(key);
    const { devices, groups, providers, kinds } = scope;
    const groupOf = group ?? (device?.group && deviceKey(device.provider, device.group));
    const isNamed =
      (!devices && !groups) ||
      (key !== undefined && devices?.includes(key)) ||
      (groupOf !== undefined && groups?.includes(groupOf));
    const subject = key ?? groupOf;
    if (!isNamed || subject === undefined) return false;
    if (providers && !providers.includes(providerOf(subject as DeviceKey))) return false;
    return !kinds || (device !== undefined && kinds.includes(device.kind));
  }

  #freeId(from: number): string {
    let number = 1;
    const idOf = () => `m${from.toString(36)}-${number}`;
    while (this.#windows.has(idOf())) number += 1;
    return idOf();
  }
}
