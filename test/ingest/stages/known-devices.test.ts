import { describe, expect, it } from 'vitest';
import type { Device } from '../../../broker/contract/device.ts';
import type { RegistryChange } from '../../../broker/contract/registry.ts';
import { readingsTopic } from '../../../broker/contract/topics.ts';
import { createAssessor } from '../../../ingest/stages/assess.ts';
import { KnownDevices } from '../../../ingest/stages/known-devices.ts';

const key = 'ulm/a';
const device: Device = { provider: 'ulm', id: 'a', kind: 'air', public: true, createdAt: 0 };

function bench() {
  let described: Device | undefined = device;
  let lookUps = 0;
  const listeners: ((change: RegistryChange) => void)[] = [];
  const registry = {
    device() {
      lookUps += 1;
      return described;
    },
    onChange(listener: (change: RegistryChange) => void) {
      listeners.push(listener);
      return () => void listeners.splice(listeners.indexOf(listener), 1);
    },
  };
  return {
    devices: new KnownDevices(registry, createAssessor({ registry })),
    topic: { topic: readingsTopic(key), known: undefined },
    lookUps: () => lookUps,
    describe(changed: Device | undefined) {
      described = changed;
      for (const listener of listeners) listener({ kind: 'device', key, device: changed });
    },
  };
}

describe('known devices', () => {
  it('are carried by their topic, and looked up no more', () => {
    const { devices, topic, lookUps } = bench();
    const known = devices.at(topic);
    const before = lookUps();
    expect(devices.at(topic)).toBe(known);
    expect(known?.device).toBe(key);
    expect(lookUps()).toBe(before);
  });

  it('are looked up anew once they changed, and are gone with their device', () => {
    const { devices, topic, describe } = bench();
    devices.at(topic);
    describe({ ...device, dialect: 'senml' });
    expect(devices.at(topic)?.dialect).toBe('senml');
    describe(undefined);
    expect(devices.at(topic)).toBeUndefined();
    describe(device);
    expect(devices.at(topic)?.device).toBe(key);
  });

  it('of one who has stopped are no longer taken from the topic', () => {
    const first = bench();
    const second = bench();
    first.devices.at(first.topic);
    first.devices.stop();
    second.describe({ ...device, dialect: 'senml' });
    expect(second.devices.at(first.topic)?.dialect).toBe('senml');
  });
});
