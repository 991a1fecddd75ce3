import { describe, expect, it } from 'vitest';
import type { Device } from '../../../broker/contract/device.ts';
import { Lighting } from '../../../broker/contract/lighting.ts';
import type { ApiDeps } from '../../../dashboard/api/context.ts';
import type { StoredReading } from '../../../ingest/store/store.ts';
import { HourStore } from '../../support/hour-store.ts';
import { stored } from '../../support/stored.ts';
import { until } from '../../support/until.ts';
import { type Actor, startTestApi, testNow } from './support/test-api.ts';

const minute = 60_000;
const hour = 60 * minute;
/** The night before the tests' noon of the first of June begins at 19:13Z and ends at 03:21Z in Ulm. */
const dusk = Date.UTC(2026, 4, 31, 19);
const place = { lat: 48.4, lon: 9.99 };
const lamp = { nominalPowerW: 36 };

class LampStore extends HourStore {
  newest: StoredReading[] = [];

  override async latest(): Promise<StoredReading[]> {
    return this.newest;
  }

  lamp(id: string, at: number, values: Partial<Record<StoredReading['metric'], number>>): this {
    for (const [metric, value] of Object.entries(values))
      this.newest.push(
        stored({ device: `ulm/${id}`, metric: metric as StoredReading['metric'], at, value }),
      );
    return this;
  }
}

const off = { lamp_on: 0, lamp_fault: 0, dim_level: 0, power: 0.4, voltage: 230 };

async function startCity(
  prepare: (store: LampStore) => void = () => {},
  deps: Partial<ApiDeps> = {},
) {
  const hours = new LampStore();
  const fresh = testNow - minute;
  hours.lamp('l1', fresh, { ...off, energy: 100 });
  hours.lamp('l2', fresh, { ...off, power: 36 });
  hours.lamp('l3', fresh, { ...off, lamp_fault: 1 });
  hours.lamp('l4', testNow - hour, off);
  prepare(hours);
  const common = { provider: 'ulm', kind: 'light', createdAt: 0, location: place } as const;
  const lamps: Device[] = ['l1', 'l2', 'l3', 'l4'].map((id) => ({
    ...common,
    id,
    public: id !== 'l3',
    group: id === 'l4' ? 'c2' : 'c1',
    intervalMs: 5 * minute,
    ...(id === 'l4' ? {} : { lamp }),
  }));
  const api = await startTestApi({
    deps: { store: hours, ...deps },
    async prepare({ registry }) {
      for (const device of lamps) await registry.putDevice(device);
    },
  });
  const read = async (query = '', as: Actor = 'admin'): Promise<Lighting> => {
    const answer = await api.ask({ url: `/api/v1/lighting?${query}`, as });
    expect(answer.statusCode).toBe(200);
    return Lighting.parse(answer.json());
  };
  return { ...api, hours, read };
}

const statesOf = ({ lamps }: Lighting) =>
  Object.fromEntries(lamps.map(({ device, state }) => [device, state]));

describe('lighting', () => {
  it('is refused for what is none', async () => {
    const { ask } = await startCity();
    for (const query of ['provider=', 'group=a/b', 'kind=light', 'provider=ulm/x']) {
      const answer = await ask({ url: `/api/v1/lighting?${query}` });
      expect([query, answer.statusCode]).toEqual([query, query === 'provider=' ? 200 : 400]);
    }
  });

  it('says how each lamp stands by the values of before the start, since unknown', async () => {
    const { read } = await startCity();
    const lighting = await read();
    expect(statesOf(lighting)).toEqual({
      'koeln/l1': 'unknown',
      'ulm/l1': 'off',
      'ulm/l2': 'day-burner',
      'ulm/l3': 'failed',
      'ulm/l4': 'unknown',
    });
    expect(lighting.lamps.map(({ sinceAt }) => sinceAt)).toEqual([null, null, null, null, null]);
    expect(lighting.lamps[2]).toMatchObject({ cabinet: 'ulm/c1', powerW: 36, expectedPowerW: 1 });
    // Silent: what it said an hour ago is not its power now.
    expect(lighting.lamps[4]).toMatchObject({ powerW: null, expectedPowerW: null });
  });

  it('confirms a fault of a lamp that is followed, with its beginning', async () => {
    const { read, feed, time } = await startCity();
    const say = (values: object, minutes: number) => {
      time.now = testNow + minutes * minute;
      feed.say('ulm/l1', time.now, { ...off, ...values });
    };
    for (const minutes of [0, 5]) say({}, minutes);
    for (const minutes of [10, 14]) say({ power: 36 }, minutes);
    const stateOf = async () => (await read()).lamps.find(({ device }) => device === 'ulm/l1');
    expect(await stateOf()).toMatchObject({ state: 'off', sinceAt: null });
    say({ power: 36 }, 15);
    expect(await stateOf()).toMatchObject({ state: 'day-burner', sinceAt: testNow + 10 * minute });
    time.now += 16 * minute;
    expect(await stateOf()).toMatchObject({ state: 'unknown' });
    // Having been looked at does not make it deaf for a message of a moment before.
    feed.say('ulm/l1', time.now - 1, off);
    expect(await stateOf()).toMatchObject({ state: 'off' });
  });

  it('follows a device no more that is deleted or no lamp any more', async () => {
    const { read, registry, feed } = await startCity();
    feed.say('ulm/l1', testNow, off);
    await registry.deleteDevice('ulm/l1');
    feed.say('ulm/l1', testNow, off);
    expect(statesOf(await read())).not.toHaveProperty('ulm/l1');
  });

  it('adds up cabinets; one without supply is told as such', async () => {
    const { read } = await startCity((hours) => {
      for (const id of ['l1', 'l2']) hours.lamp(id, testNow - 1, { voltage: 0, power: 0 });
    });
    const { cabinets, total } = await read();
    expect(cabinets).toEqual([
      {
        cabinet: 'ulm/c1',
        lamps: 3,
        states: { 'supply-loss': 2, failed: 1 },
        hasSupply: false,
        powerW: 0.4,
        energyKwh: 0,
        energyLamps: 0,
      },
      expect.objectContaining({ cabinet: 'ulm/c2', states: { unknown: 1 }, hasSupply: null }),
    ]);
    expect(total).toMatchObject({ lamps: 5, states: { 'supply-loss': 2, failed: 1, unknown: 2 } });
  });

  it('shows nobody what is not his to see, nor counts it', async () => {
    const { read } = await startCity();
    for (const [as, seen] of [
      ['public', 4],
      ['device', 4],
      ['provider', 5],
      ['operator', 5],
    ] as const) {
      const { lamps, total, cabinets } = await read('', as);
      expect([as, lamps.length, total.lamps]).toEqual([as, seen, seen]);
      expect(cabinets[0]?.lamps).toBe(seen - 2);
    }
  });

  it('narrows to a provider and a cabinet', async () => {
    const { read } = await startCity();
    expect((await read('provider=koeln')).lamps).toHaveLength(1);
    expect((await read('provider=ulm&group=c2')).lamps.map(({ device }) => device)).toEqual([
      'ulm/l4',
    ]);
    expect((await read('provider=nobody')).lamps).toEqual([]);
  });

  it('does not know when night is where no lamp has a place', async () => {
    const { read } = await startCity();
    const lighting = await read('provider=koeln');
    expect(lighting).toMatchObject({ night: null, isNight: null, nights: [] });
    expect(lighting.total).toMatchObject({ savingShare: null, availabilityShare: null });
  });
});

describe('a night of lamps', () => {
  /** Nine hours of the night, an hour before and after. */
  const withNight = (hours: LampStore) => {
    // A counter: 36 W from 20 to 3 h.
    const counter = [0, 0, 36, 72, 108, 144, 180, 216, 252, 252, 252].map((wh) => wh / 1000);
    hours.put(
      'ulm/l1',
      'energy',
      dusk - hour,
      counter.map((kwh) => 100 + kwh),
    );
    hours.put('ulm/l1', 'lamp_on', dusk, [0, 1, 1, 1, 1, 1, 1, 1, 0]);
    // Power alone: 18 W, two hours without any row.
    hours.put('ulm/l2', 'power', dusk, [18, 18, 18, undefined, undefined, 18, 18, 18, 18]);
  };

  it('is told when it is read: what stands now is told before that', async () => {
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { read, hours } = await startCity(withNight, { historyWaitMs: 0 });
    const rollups = hours.rollups.bind(hours);
    hours.rollups = async (...query) => {
      await gate;
      return rollups(...query);
    };
    const early = await read('provider=ulm');
    expect(early.pending).toBe(4);
    expect(statesOf(early)['ulm/l2']).toBe('day-burner');
    expect(early.lamps[0]).toMatchObject({ energyKwh: null, litMs: null });
    expect(early.total).toMatchObject({ energyLamps: 0, savingShare: null });
    expect(early.nights).toHaveLength(14);
    for (const night of early.nights) expect(night).toMatchObject({ energyKwh: null, pending: 4 });
    go();
    const whole = await until('all nights', async () => {
      const lighting = await read('provider=ulm');
      return lighting.pending === 0 && lighting;
    });
    expect(whole.lamps[0]?.energyKwh).toBeCloseTo(0.252, 9);
    expect(whole.nights.at(-1)).toMatchObject({ lamps: 2, pending: 0 });
  });

  it('is by day the last one, with its energy and burning time', async () => {
    const { read } = await startCity(withNight);
    const { night, isNight, lamps, total, nights } = await read('provider=ulm');
    expect(isNight).toBe(false);
    expect(Math.abs((night?.from ?? 0) - (dusk + 13 * minute))).toBeLessThan(5 * minute);
    const [l1, l2, l3] = lamps;
    expect(l1?.energyKwh).toBeCloseTo(0.252, 9);
    expect(l1).toMatchObject({ unknownEnergyMs: 0, litMs: 7 * hour });
    expect(l2?.energyKwh).toBeCloseTo(0.126, 9);
    expect(l2).toMatchObject({ unknownEnergyMs: 2 * hour, litMs: null });
    expect(l3).toMatchObject({ energyKwh: null, litMs: null });
    expect(total.energyKwh).toBeCloseTo(0.378, 9);
    expect(total.energyLamps).toBe(2);
    // The one lamp of which all is known: 0.252 kWh of 36 W in the hours between -4° and -4°.
    const darkHours = 0.252 / 0.036 / (1 - (total.savingShare ?? 0));
    expect(darkHours).toBeGreaterThan(7.2);
    expect(darkHours).toBeLessThan(7.5);
    // Seven hours of those.
    expect(total.availabilityShare).toBeCloseTo(7 / darkHours, 9);
    expect(nights).toHaveLength(14);
    expect(nights.at(-1)?.energyKwh).toBeCloseTo(0.378, 9);
    expect(nights.at(-2)).toMatchObject({ energyKwh: null, lamps: 0 });
  });

  it('that runs is the present one, so far', async () => {
    const { read, time, hours } = await startCity();
    time.now = dusk + 3 * hour;
    hours.put('ulm/l2', 'power', dusk, [18, 18, 18]);
    const { isNight, lamps } = await read('provider=ulm');
    expect(isNight).toBe(true);
    expect(lamps[1]).toMatchObject({ energyKwh: 0.054, unknownEnergyMs: 0 });
  });

  it('is read once, not at each request', async () => {
    const { read, hours, time } = await startCity(withNight);
    await read();
    const asked = hours.asked.length;
    await Promise.all([read(), read('', 'public'), read('provider=ulm')]);
    expect(hours.asked.length).toBe(asked);
    // After an hour those that late readings may still correct are read again, the others are not.
    time.now += hour + minute;
    await read();
    await read();
    expect(hours.asked.length).toBeLessThan(2 * asked);
  });

  it('is no answer while the store is away, but states by night stay readable after it was read', async () => {
    const { ask, hours, read, time } = await startCity(withNight);
    hours.isDown = true;
    const answer = await ask({ url: '/api/v1/lighting', as: 'admin' });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'store-unavailable']);
    expect(answer.body).not.toContain('hunter2');
    hours.isDown = false;
    await read();
    hours.isDown = true;
    time.now += 2 * hour;
    expect((await read('provider=ulm')).lamps[0]?.energyKwh).toBeCloseTo(0.252, 9);
  });
});
