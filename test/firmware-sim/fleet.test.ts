import { describe, expect, it } from 'vitest';
import { DeviceDescription } from '../../broker/contract/device.ts';
import { isId } from '../../broker/contract/ids.ts';
import { contains } from '../../firmware-sim/city/geometry.ts';
import { createCity } from '../../firmware-sim/city.ts';
import { planFleet } from '../../firmware-sim/fleet.ts';

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

  it('puts each device into the district that it names', () => {
    const rings = new Map(city.districts.map(({ name, ring }) => [name, ring]));
    for (const { district, location } of plan(5000)) {
      expect(contains(rings.get(district) ?? [], [location.lon, location.lat])).toBe(true);
    }
  });

  it('describes devices as the contract wants them', () => {
    for (const { kind, name, location, model, intervalMs, district } of plan(100)) {
      const description = { kind, name, location, model, intervalMs, district, public: true };
      expect(DeviceDescription.parse(description)).toEqual(description);
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
});
