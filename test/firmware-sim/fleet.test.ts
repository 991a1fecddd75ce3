import { describe, expect, it } from 'vitest';
import { DeviceDescription } from '../../broker/contract/device.ts';
import { isId } from '../../broker/contract/ids.ts';
import { contains } from '../../firmware-sim/city/geometry.ts';
import { createCity } from '../../firmware-sim/city.ts';
import { planFleet } from '../../firmware-sim/fleet.ts';
import { particlesAt } from '../../firmware-sim/sensors/air.ts';
import type { Site } from '../../firmware-sim/sensors/sensor.ts';
import { createWorld } from '../../firmware-sim/sensors/world.ts';
import { distanceM } from '../../ingest/domain/quality/neighbours.ts';

const city = createCity('demo');
const plan = (devices: number, intervalScale = 1) =>
  planFleet({ seed: 'demo', devices, intervalScale }, city);
const shareOf = (devices: { kind: string }[], kind: string) =>
  devices.filter((device) => device.kind === kind).length / devices.length;

describe('planFleet', () => {
  it('plans the same fleet for the same seed and another for another seed', () => {
    expect(plan(50)).toEqual(planFleet({ seed: 'demo', devices: 50 }));
    expect(plan(50)).not.toEqual(planFleet({ seed: 'other', devices: 50 }));
  });

  it('makes a smaller fleet the beginning of a larger one', () => {
    expect(plan(321).slice(0, 17)).toEqual(plan(17));
  });

  it('mixes 45 % lamps, 30 % air, 20 % bins and 5 % noise among four providers', () => {
    const fleet = plan(320);
    expect(shareOf(fleet, 'light')).toBeCloseTo(0.45, 2);
    expect(shareOf(fleet, 'air')).toBeCloseTo(0.3, 2);
    expect(shareOf(fleet, 'waste')).toBeCloseTo(0.2, 2);
    expect(shareOf(fleet, 'noise')).toBeCloseTo(0.05, 2);
    expect(new Set(fleet.map(({ provider }) => provider)).size).toBe(4);
    expect(fleet.filter(({ sensor }) => sensor === 'reference-station').length).toBeGreaterThan(3);
  });

  it.each([1, 2, 320, 50_000])('plans %i devices with distinct, valid ids', (devices) => {
    const fleet = plan(devices);
    expect(fleet).toHaveLength(devices);
    expect(new Set(fleet.map(({ key }) => key)).size).toBe(devices);
    expect(fleet.every(({ id, provider }) => isId(id) && isId(provider))).toBe(true);
  });

  it('numbers the devices of a prefix without gaps', () => {
    const ids = new Set(plan(500).map(({ id }) => id));
    const next = new Map<string, number>();
    for (const { id } of plan(500)) {
      const [prefix = ''] = id.split('-');
      const number = (next.get(prefix) ?? 0) + 1;
      next.set(prefix, number);
      expect(ids).toContain(`${prefix}-${String(number).padStart(5, '0')}`);
    }
  });

  it('stands a maker’s node by each reference station, which says what it is', () => {
    const fleet = plan(2_000);
    const stations = fleet.filter(({ sensor }) => sensor === 'reference-station');
    const makers = fleet.filter(({ provider }) => provider === 'makers');
    for (const { location, station } of stations) {
      expect(station).toMatchObject({ method: 'reference' });
      const nearest = Math.min(...makers.map((node) => distanceM(node.location, location)));
      expect(nearest).toBeLessThan(60);
    }
    expect(new Set(stations.map(({ station }) => station?.siteType)).size).toBe(2);
    expect(fleet.filter(({ station }) => station)).toHaveLength(stations.length);
    expect(makers.length).toBeGreaterThan(2 * stations.length);
  });

  it('lets a node breathe the air of the station that it stands by, with errors of its own', () => {
    const fleet = plan(40);
    const station = fleet.find(({ sensor }) => sensor === 'reference-station');
    const node = fleet.find(({ provider }) => provider === 'makers');
    if (!station || !node) throw new Error('no pair');
    const world = createWorld('demo', city.center);
    const at = Date.UTC(2026, 10, 22, 8);
    const air = (site: Site) => particlesAt(site, world, at);
    expect(air(node.site)).toEqual(air(station.site));
    expect(node.site.seed).not.toBe(station.site.seed);
  });

  it('puts each device into the district that it names', () => {
    const rings = new Map(city.districts.map(({ name, ring }) => [name, ring]));
    for (const { district, location } of plan(5000)) {
      expect(contains(rings.get(district) ?? [], [location.lon, location.lat])).toBe(true);
    }
  });

  it('describes devices as the contract wants them', () => {
    for (const device of plan(100)) {
      const { kind, name, location, model, intervalMs, district } = device;
      const said = { kind, name, location, model, intervalMs, district, public: true };
      const made = { group: device.group, lamp: device.lamp, container: device.container };
      const description = JSON.parse(JSON.stringify({ ...said, ...made, station: device.station }));
      expect(DeviceDescription.parse(description)).toEqual(description);
    }
  });

  it('says of lamps and bins what they are made of', () => {
    for (const { kind, group, lamp, container, model } of plan(320)) {
      expect(group !== undefined && lamp !== undefined).toBe(kind === 'light');
      expect(container !== undefined).toBe(kind === 'waste');
      if (container) expect(model).toContain(container.stream);
    }
  });

  it('scales intervals, but not below a second', () => {
    expect(plan(20, 0.1).map(({ intervalMs }) => intervalMs)).toContain(30_000);
    expect(Math.min(...plan(20, 0.0001).map(({ intervalMs }) => intervalMs))).toBe(1_000);
  });

  it('sends 20 to 30 messages a second in the demo', () => {
    const rate = plan(320, 1 / 15).reduce((sum, { intervalMs }) => sum + 1000 / intervalMs, 0);
    expect(rate).toBeGreaterThan(20);
    expect(rate).toBeLessThan(30);
  });

  it.each([
    [{ lamp: 8, air: 1, bin: 1, sound: 0 }],
    [{ lamp: 0, air: 5, bin: 0, sound: 1 }],
    [{ lamp: 0, air: 0, bin: 1, sound: 0 }],
  ])('has the mix that it is asked for, in any stretch: %o', (mix) => {
    const devices = planFleet({ seed: 'mixed', devices: 300, mix });
    const kinds = { lamp: 'light', air: 'air', bin: 'waste', sound: 'noise' } as const;
    const total = Object.values(mix).reduce((a, b) => a + b, 0);
    for (const [role, weight] of Object.entries(mix))
      for (const [from, to] of [
        [0, 300],
        [100, 200],
      ] as const) {
        const count = devices
          .slice(from, to)
          .filter(({ kind }) => kind === kinds[role as keyof typeof kinds]).length;
        expect(Math.abs(count - ((to - from) * weight) / total)).toBeLessThanOrEqual(1.5);
      }
    expect(planFleet({ seed: 'mixed', devices: 60, mix })).toEqual(devices.slice(0, 60));
  });
});
