import type { Logger } from 'pino';
import type { InboundMessage } from '../../broker/bus/bus.ts';
import type { Enrolment } from '../../broker/contract/access.ts';
import type { DeviceKind } from '../../broker/contract/device.ts';
import { type DeviceKey, deviceIdOf, providerOf } from '../../broker/contract/ids.ts';
import { limits } from '../../broker/contract/limits.ts';
import type { MetricName } from '../../broker/contract/metrics.ts';
import type { Reading } from '../../broker/contract/reading.ts';
import type { Registry } from '../../broker/contract/registry.ts';
import type { Rejection } from '../../broker/contract/rejection.ts';

/**
 * Decides whether readings of a device are taken, and makes a new device known with its first good
 * reading. The transport has checked who speaks for whom; here it is only about new ones, by
 * `ENROLMENT`: closed = registered devices only, provider = new devices of known providers, open = all.
 */
export function createAnnouncer(deps: { registry: Registry; enrolment: Enrolment; log: Logger }) {
  const { registry, enrolment, log } = deps;
  const announcing = new Set<DeviceKey>();

  function admit(
    message: InboundMessage,
    device: DeviceKey,
    readings: readonly Reading[],
  ): Rejection | undefined {
    if (registry.device(device) || announcing.has(device)) return undefined;
    const refused = refusalOf({ registry, enrolment }, device, announcing.size);
    if (refused) return refused;
    announce(device, { receivedAt: message.receivedAt, readings });
    return undefined;
  }

  function announce(
    key: DeviceKey,
    first: { receivedAt: number; readings: readonly Reading[] },
  ): void {
    announcing.add(key);
    register(registry, key, first)
      .then(() => log.info({ device: key }, 'new device'))
      .catch((err: unknown) =>
        log.error({ err, device: key }, 'new device could not be registered'),
      )
      .finally(() => announcing.delete(key));
  }

  return { admit };
}

/** Why readings of a device are not taken; `coming`: devices that are about to be registered. */
export function refusalOf(
  { registry, enrolment }: { registry: Registry; enrolment: Enrolment },
  device: DeviceKey,
  coming = 0,
): Rejection | undefined {
  if (registry.device(device)) return undefined;
  if (enrolment === 'closed') {
    return refusal(`${device} is not registered and ENROLMENT is closed`);
  }
  const provider = providerOf(device);
  if (!registry.provider(provider) && enrolment !== 'open') {
    return refusal(`provider ${provider} is not registered`);
  }
  if (registry.deviceCount() + coming >= limits.devicesMax) {
    return refusal(`there are ${limits.devicesMax} devices already`);
  }
  return undefined;
}

async function register(
  registry: Registry,
  key: DeviceKey,
  first: { receivedAt: number; readings: readonly Reading[] },
): Promise<void> {
  const provider = providerOf(key);
  const createdAt = first.receivedAt;
  if (!registry.provider(provider)) {
    await registry.putProvider({ id: provider, name: provider, createdAt, open: true });
  }
  const kind = kindOf(first.readings.map(({ metric }) => metric));
  await registry.putDevice({ provider, id: deviceIdOf(key), kind, public: false, createdAt });
}

/** What a device most likely is, by what it measures; its owner may say otherwise later. */
export function kindOf(measured: readonly MetricName[]): DeviceKind {
  const rule = kindRules.find(([, pattern]) => measured.some((metric) => pattern.test(metric)));
  return rule ? rule[0] : 'other';
}

const kindRules: readonly (readonly [DeviceKind, RegExp])[] = [
  ['air', /^(pm|no2|o3|so2|co)/],
  ['light', /^(lamp_|dim_level)/],
  ['waste', /^(fill_level|distance|tilt)/],
  ['noise', /^noise/],
  ['weather', /^(temperature|relative_humidity|pressure)/],
];

function refusal(detail: string): Rejection {
  return { reason: 'unknown-device', detail };
}
