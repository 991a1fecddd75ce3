import { describe, expect, it } from 'vitest';
import type { Device } from '../../../broker/contract/device.ts';
import type { MetricName } from '../../../broker/contract/metrics.ts';
import { reasonNames } from '../../../broker/contract/quality.ts';
import type { InterpretedEntry } from '../../../ingest/journal/entry.ts';
import { createAssessor } from '../../../ingest/stages/assess.ts';
import { createMemoryRegistry } from '../../support/memory-registry.ts';

const minute = 60_000;
const now = Date.parse('2026-11-22T10:00:00Z');
const key = 'ulm/node-1';

type Values = Partial<Record<MetricName, number>>;
type Sent = Values & { at?: number };

/** One message: native objects, each with an optional time. */
function entry(sent: Sent | readonly Sent[], receivedAt = now): InterpretedEntry {
  const objects = Array.isArray(sent) ? (sent as readonly Sent[]) : [sent as Sent];
  const readings = objects.flatMap(({ at = receivedAt, ...values }) =>
    Object.entries(values).map(([metric, value]) => ({ metric: metric as MetricName, at, value })),
  );
  return { device: key, receivedAt, readings };
}

async function bench(description: Partial<Device> = {}) {
  const registry = createMemoryRegistry();
  const device: Device = {
    provider: 'ulm',
    id: 'node-1',
    kind: 'air',
    public: false,
    intervalMs: minute,
    createdAt: 0,
    ...description,
  };
  await registry.putDevice(device);
  const assessor = createAssessor({ registry });
  /** What became of a message: `metric: [flag, reasons...]`, in its order. */
  const say = (message: InterpretedEntry) =>
    assessor
      .assess(message)
      .readings.map(({ metric, flag, reasons }) => [metric, flag, ...reasonNames(reasons)]);
  const derive = (message: InterpretedEntry) => assessor.assess(message).derived ?? [];
  return { registry, device, assessor, say, derive };
}

describe('at arrival a reading', () => {
  it('is good when it passes, and not evaluated when no test could judge it', async () => {
    const { say } = await bench();
    expect(say(entry({ pm10: 12, lamp_on: 1, rssi: -60 }))).toEqual([
      ['pm10', 1],
      ['lamp_on', 2],
      ['rssi', 2],
    ]);
  });

  it('of a device that is not registered is judged by the rules for its metric', async () => {
    const { assessor } = await bench();
    const stranger = { ...entry({ pm10: 600 }), device: 'ulm/stranger' as const };
    expect(assessor.assess(stranger)).toMatchObject({
      device: 'ulm/stranger',
      readings: [{ flag: 3 }],
    });
  });

  it('comes out in the order of its message', async () => {
    const { assessor } = await bench();
    const message = entry([
      { pm10: 3, at: now - 1 },
      { pm10: 1, at: now - 3 },
      { pm10: 2, at: now - 2 },
    ]);
    const { readings } = assessor.assess(message);
    expect(readings.map(({ value }) => value)).toEqual([3, 1, 2]);
  });

  it('is judged by its model, and by what its owner set', async () => {
    const sds = await bench({ model: 'SDS011' });
    expect(sds.say(entry({ pm10: 1000 }))).toEqual([['pm10', 4, 'range']]);
    const plain = await bench();
    expect(plain.say(entry({ pm10: 1000 }))).toEqual([['pm10', 3, 'unusual']]);
    const strict = await bench({ quality: { pm10: { range: [0, 100] } } });
    expect(strict.say(entry({ pm10: 101 }))).toEqual([['pm10', 4, 'range']]);
  });

  it('is judged by a changed description from the change on, and what was measured stays known', async () => {
    const { say, registry, device } = await bench();
    expect(say(entry({ temperature: 20 }))).toEqual([['temperature', 1]]);
    await registry.putDevice({ ...device, quality: { temperature: { stepPerMinute: 1 } } });
    expect(say(entry({ temperature: 22 }, now + minute))).toEqual([['temperature', 3, 'step']]);
    await registry.deleteDevice(key);
    expect(say(entry({ temperature: 30 }, now + 2 * minute))).toEqual([['temperature', 1]]);
  });
});

describe('a step', () => {
  it('needs a sample before: the first after a start has no verdict on it', async () => {
    const { say } = await bench();
    expect(say(entry({ temperature: 20 }))).toEqual([['temperature', 1]]);
    expect(say(entry({ temperature: 26 }, now + minute))).toEqual([['temperature', 3, 'step']]);
    const restarted = await bench();
    expect(restarted.say(entry({ temperature: 26 }, now + minute))).toEqual([['temperature', 1]]);
  });

  it('is not seen against a sample that was bad: the next true one is good', async () => {
    const { say } = await bench();
    say(entry({ temperature: 20 }));
    expect(say(entry({ temperature: 40 }, now + minute))).toEqual([
      ['temperature', 4, 'step-fail'],
    ]);
    expect(say(entry({ temperature: 21 }, now + 2 * minute))).toEqual([['temperature', 1]]);
  });

  it('is forgiven after a gap', async () => {
    const { say } = await bench();
    say(entry({ temperature: 20 }));
    expect(say(entry({ temperature: 40 }, now + 3 * minute + 1))).toEqual([['temperature', 1]]);
  });

  it('is judged once and the same when a message comes again', async () => {
    const { say } = await bench();
    say(entry({ temperature: 20 }));
    const step = entry({ temperature: 26 }, now + minute);
    expect(say(step)).toEqual([['temperature', 3, 'step']]);
    expect(say(step)).toEqual([['temperature', 3, 'step']]);
    expect(say(entry({ temperature: 26 }, now + 2 * minute))).toEqual([['temperature', 1]]);
  });

  it('is not seen in a late sample, which is no reference for later ones either', async () => {
    const { say } = await bench();
    say(entry({ temperature: 20 }));
    expect(say(entry({ temperature: 40, at: now - minute }))).toEqual([['temperature', 1]]);
    expect(say(entry({ temperature: 20.5 }, now + minute))).toEqual([['temperature', 1]]);
  });

  it('is found in a batch, whatever its order', async () => {
    const samples = [20, 21, 30, 31].map((temperature, index) => ({
      temperature,
      at: now + index * minute,
    }));
    for (const sent of [samples, [...samples].reverse()]) {
      const { assessor } = await bench();
      const suspect = assessor
        .assess(entry(sent, now + 3 * minute))
        .readings.filter(({ flag }) => flag === 3);
      expect(suspect.map(({ value }) => value)).toEqual([30]);
    }
  });
});

describe('channels of one instant', () => {
  it('that contradict each other are both suspect', async () => {
    const { say } = await bench();
    expect(say(entry({ pm2_5: 30, pm10: 20 }))).toEqual([
      ['pm2_5', 3, 'cross-channel'],
      ['pm10', 3, 'cross-channel'],
    ]);
    expect(say(entry({ pm1: 15, pm2_5: 10, pm10: 20 }, now + minute))).toEqual([
      ['pm1', 3, 'cross-channel'],
      ['pm2_5', 3, 'cross-channel'],
      ['pm10', 1],
    ]);
  });

  it('are not compared across instants, or with one that is bad', async () => {
    const { say } = await bench({ model: 'SDS011' });
    expect(
      say(
        entry([
          { pm2_5: 30, at: now - minute },
          { pm10: 20, at: now },
        ]),
      ),
    ).toEqual([
      ['pm2_5', 1],
      ['pm10', 1],
    ]);
    expect(say(entry({ pm2_5: 1500, pm10: 20 }, now + minute))).toEqual([
      ['pm2_5', 4, 'range', 'step'],
      ['pm10', 1],
    ]);
  });
});

describe('humid air', () => {
  it('makes particles suspect, in whatever order they stand', async () => {
    const { say } = await bench({ model: 'SDS011 + BME280' });
    expect(say(entry({ pm10: 30, relative_humidity: 70.1, no2: 3 }))).toEqual([
      ['pm10', 3, 'humidity'],
      ['relative_humidity', 1],
      ['no2', 1],
    ]);
    expect(say(entry({ pm10: 30, relative_humidity: 70 }, now + minute))[0]).toEqual(['pm10', 1]);
  });

  it('is known from the message before, for three intervals', async () => {
    const { say } = await bench();
    say(entry({ relative_humidity: 90 }));
    expect(say(entry({ pm10: 10 }, now + 3 * minute))).toEqual([['pm10', 3, 'humidity']]);
    expect(say(entry({ pm10: 10 }, now + 3 * minute + 1))).toEqual([['pm10', 1]]);
  });

  it('is not known from a later sample or from a bad one', async () => {
    const { say } = await bench({ model: 'BME280' });
    say(entry({ relative_humidity: 90 }));
    expect(say(entry({ pm10: 10, at: now - 1 }))).toEqual([['pm10', 1]]);
    const other = await bench({ model: 'BME280' });
    expect(other.say(entry({ relative_humidity: 104, pm10: 10 }))).toEqual([
      ['relative_humidity', 4, 'range'],
      ['pm10', 1],
    ]);
  });

  it('leaves reference stations alone', async () => {
    const { say } = await bench({ station: { method: 'reference' } });
    expect(say(entry({ pm10: 10, relative_humidity: 99 }))[0]).toEqual(['pm10', 1]);
  });
});

describe('the clock of a device', () => {
  it('that is ahead makes the reading suspect, and no reading good', async () => {
    const { say } = await bench();
    expect(say(entry({ pm10: 10, lamp_on: 1, at: now + 60_001 }))).toEqual([
      ['pm10', 3, 'clock'],
      ['lamp_on', 3, 'clock'],
    ]);
    expect(say(entry({ pm10: 10, lamp_on: 1, at: now + minute }))).toEqual([
      ['pm10', 1],
      ['lamp_on', 2],
    ]);
  });

  it('is not blamed for batches that were stored and forwarded', async () => {
    const { assessor } = await bench();
    for (let batch = 1; batch <= 12; batch++) {
      const receivedAt = now + batch * 60 * minute;
      const samples = Array.from({ length: 60 }, (_, index) => ({
        pm10: 10,
        at: receivedAt - (59 - index) * minute,
      }));
      const { readings } = assessor.assess(entry(samples, receivedAt));
      expect(readings.every(({ flag }) => flag === 1)).toBe(true);
    }
  });

  it('that falls behind from hour to hour is suspected', async () => {
    const { assessor } = await bench();
    let last: number[] = [];
    for (let elapsed = 0; elapsed <= 8 * 60; elapsed += 5) {
      const receivedAt = now + elapsed * minute;
      const at = receivedAt - elapsed * 1_000;
      last = assessor.assess(entry({ pm10: 10, at }, receivedAt)).readings.map(({ flag }) => flag);
    }
    expect(last).toEqual([3]);
  });
});

describe('corrected readings', () => {
  const correction = { method: 'koehler', kappa: 0.3 } as const;
  const corrections = [{ since: now, correction }];

  it('are not made unless the device says so', async () => {
    const { derive } = await bench();
    expect(derive(entry({ pm10: 50, relative_humidity: 80 }))).toEqual([]);
  });

  it('are series of their own, as good as their source but for the humidity', async () => {
    const { derive } = await bench({ correction, corrections, model: 'SDS011' });
    const made = derive(entry({ pm10: 50, pm2_5: 70, relative_humidity: 80 }));
    expect(made).toMatchObject([
      { metric: 'pm10_corrected', at: now, flag: 3 },
      { metric: 'pm2_5_corrected', flag: 3 },
    ]);
    expect(made[0]?.value).toBeCloseTo(28.947368421, 8);
    expect(reasonNames(made[0]?.reasons ?? 0)).toEqual(['cross-channel']);
    const calm = derive(entry({ pm10: 50, relative_humidity: 80 }, now + minute));
    expect(calm).toMatchObject([{ flag: 1, reasons: 0 }]);
  });

  it('go by what held when the message arrived, also when it is taken again later', async () => {
    const { derive, registry, device } = await bench({ correction, corrections });
    const message = entry({ pm10: 50, relative_humidity: 80 });
    const first = derive(message);
    const stronger = { method: 'koehler', kappa: 0.4 } as const;
    await registry.putDevice({
      ...device,
      correction: stronger,
      corrections: [...corrections, { since: now + minute, correction: stronger }],
    });
    expect(derive(message)).toEqual(first);
    const later = derive(entry({ pm10: 50, relative_humidity: 80 }, now + minute));
    expect(later[0]?.value).toBeCloseTo(25.384615385, 8);
  });
});

it('a message without readings or device has nothing to judge', async () => {
  const { assessor } = await bench();
  for (const device of [undefined, key] as const) {
    const message = { device, receivedAt: now, readings: [] };
    expect(assessor.assess(message)).toEqual(message);
  }
});
