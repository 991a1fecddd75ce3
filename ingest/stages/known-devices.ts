import { limits } from '../../broker/contract/limits.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import { parseTopic, readingsTopic } from '../../broker/contract/topics.ts';
import type { Assessor } from './assess.ts';
import type { DeviceMemory } from './device-memory.ts';
import type { Traced } from './trace.ts';

/** What the way in needs to know of a registered device, looked up once. */
export interface KnownDevice extends Traced {
  /** The dialect in its description. */
  dialect: string | undefined;
  memory: DeviceMemory;
}

/** Registered devices by the topic of their readings, as long as nothing of them changes. */
export class KnownDevices {
  readonly #registry: Pick<Registry, 'device'>;
  readonly #assessor: Pick<Assessor, 'memoryOf'>;
  readonly #byTopic = new Map<string, KnownDevice>();
  readonly stop: () => void;

  constructor(
    registry: Pick<Registry, 'device' | 'onChange'>,
    assessor: Pick<Assessor, 'memoryOf'>,
  ) {
    this.#registry = registry;
    this.#assessor = assessor;
    this.stop = registry.onChange((change) => {
      if (change.kind === 'device') this.#byTopic.delete(readingsTopic(change.key));
    });
  }

  /** The device whose readings have this topic; undefined when it is not registered, or the topic is another. */
  of(topic: string): KnownDevice | undefined {
    return this.#byTopic.get(topic) ?? this.#find(topic);
  }

  #find(topic: string): KnownDevice | undefined {
    const parsed = parseTopic(topic);
    if (parsed?.kind !== 'readings') return undefined;
    const { device } = parsed;
    const description = this.#registry.device(device);
    if (!description) return undefined;
    const known: KnownDevice = {
      device,
      traces: undefined,
      dialect: description.dialect,
      memory: this.#assessor.memoryOf(device),
    };
    // There are no more devices than this: at the bound each is looked up again.
    if (this.#byTopic.size < limits.devicesMax) this.#byTopic.set(topic, known);
    return known;
  }
}
