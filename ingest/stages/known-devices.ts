import type { BurstTopic } from '../../broker/bus/burst.ts';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { limits } from '../../broker/contract/limits.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import { parseTopic, readingsTopic } from '../../broker/contract/topics.ts';
import type { Assessor } from './assess.ts';
import type { DeviceMemory } from './device-memory.ts';
import type { Traced } from './trace.ts';

/** What the way in needs to know of a registered device, looked up once. */
export class KnownDevice implements Traced {
  readonly device: DeviceKey;
  /** The dialect in its description. */
  readonly dialect: string | undefined;
  readonly memory: DeviceMemory;
  traces: Traced['traces'];
  /** Whether nothing of the device has changed since; false also when nobody would say so. */
  isCurrent = false;

  constructor(device: DeviceKey, dialect: string | undefined, memory: DeviceMemory) {
    this.device = device;
    this.dialect = dialect;
    this.memory = memory;
  }
}

/** Registered devices by the topic of their readings, as long as nothing of them changes. */
export class KnownDevices {
  readonly #registry: Pick<Registry, 'device'>;
  readonly #assessor: Pick<Assessor, 'memoryOf'>;
  readonly #byTopic = new Map<string, KnownDevice>();
  readonly #unsubscribe: () => void;

  constructor(
    registry: Pick<Registry, 'device' | 'onChange'>,
    assessor: Pick<Assessor, 'memoryOf'>,
  ) {
    this.#registry = registry;
    this.#assessor = assessor;
    this.#unsubscribe = registry.onChange((change) => {
      if (change.kind === 'device') this.#forget(readingsTopic(change.key));
    });
  }

  /** Nothing that was given out is current after this. */
  stop(): void {
    this.#unsubscribe();
    for (const topic of this.#byTopic.keys()) this.#forget(topic);
  }

  /** The device whose readings have this topic; undefined when it is not registered, or the topic is another. */
  of(topic: string): KnownDevice | undefined {
    return this.#byTopic.get(topic) ?? this.#find(topic);
  }

  /** The same by a topic that carries the device from its first message on: among many, to look it up costs much. */
  at(place: BurstTopic): KnownDevice | undefined {
    const { known } = place;
    if (known instanceof KnownDevice && known.isCurrent) return known;
    const found = this.of(place.topic);
    place.known = found;
    return found;
  }

  #forget(topic: string): void {
    const known = this.#byTopic.get(topic);
    if (!known) return;
    known.isCurrent = false;
    this.#byTopic.delete(topic);
  }

  #find(topic: string): KnownDevice | undefined {
    const parsed = parseTopic(topic);
    if (parsed?.kind !== 'readings') return undefined;
    const { device } = parsed;
    const description = this.#registry.device(device);
    if (!description) return undefined;
    const known = new KnownDevice(device, description.dialect, this.#assessor.memoryOf(device));
    // There are no more devices than this: at the bound each is looked up again.
    if (this.#byTopic.size < limits.devicesMax) {
      this.#byTopic.set(topic, known);
      known.isCurrent = true;
    }
    return known;
  }
}
