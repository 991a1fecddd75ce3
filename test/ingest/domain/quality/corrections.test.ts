import { describe, expect, it } from 'vitest';
import {
  Correction,
  correctionAt,
  correctionFault,
  correctionPeriodsMax,
  withCorrectionPeriods,
} from '../../../../broker/contract/correction.ts';
import { metricOf } from '../../../../broker/contract/metrics.ts';
import type { Reading } from '../../../../broker/contract/reading.ts';
import {
  barkjohnCorrected,
  correctedReadings,
  koehlerCorrected,
} from '../../../../ingest/domain/quality/corrections.ts';

type Described = Parameters<typeof correctionAt>[0] & { model?: string };
const recorded = (next: Described, before: Described | undefined, now: number): Described =>
  withCorrectionPeriods(next, before, now);

const koehler = { method: 'koehler', kappa: 0.3 } as const;
const barkjohn = { method: 'barkjohn' } as const;

describe('the kappa-Koehler correction', () => {
  it.each([
    // PM, RH, kappa, dry PM: C = 1 + (kappa/1.65)/(1/aw - 1)
    [50, 0, 0.3, 50],
    [50, 50, 0.3, 50 / (1 + 0.3 / 1.65)],
    [50, 80, 0.3, 28.947368421],
    [50, 80, 0.2, 33.673469388],
    [50, 80, 0.4, 25.384615385],
    [100, 95, 0.3, 22.448979592],
    // sensor.community: 1 + 0.22/(1/h - 1), which is kappa 0.363
    [100, 80, 0.363, 100 / (1 + 0.22 / 0.25)],
    [0, 80, 0.3, 0],
  ])('makes of %d at %d %% with kappa %d: %d', (value, humidity, kappa, expected) => {
    expect(koehlerCorrected(value, humidity, kappa)).toBeCloseTo(expected, 8);
  });
});

describe('the Barkjohn correction', () => {
  it.each([
    [0, 0, 5.75],
    [20, 50, 0.524 * 20 - 0.0862 * 50 + 5.75],
    [100, 40, 54.702],
    [569.9, 40, 0.524 * 569.9 - 3.448 + 5.75],
    // Blended: the weight is 0.008 at 570, and held at 1 from 610.66 on.
    [570, 40, 0.992 * 300.982 + 0.008 * 363.6629],
    [590, 40, 0.504 * 311.462 + 0.496 * 381.2701],
    [611, 40, 4.21e-4 * 611 ** 2 + 0.392 * 611 + 3.44],
    [1000, 40, 816.44],
    // Clean, humid air.
    [0, 95, -2.439],
  ])('makes of %d at %d %%: %d', (value, humidity, expected) => {
    expect(barkjohnCorrected(value, humidity)).toBeCloseTo(expected, 6);
  });
});

describe('corrected readings', () => {
  const message = (pairs: Partial<Record<Reading['metric'], number>>, at = 1_000): Reading[] =>
    Object.entries(pairs).map(([metric, value]) => ({
      metric: metric as Reading['metric'],
      at,
      value,
    }));

  it('are made of both sizes by Koehler, and of PM2.5 only by Barkjohn', () => {
    const readings = message({ pm10: 50, pm2_5: 20, relative_humidity: 80, pm1: 5 });
    const names = (correction: Correction) =>
      correctedReadings(readings, correction).map(({ reading }) => reading.metric);
    expect(names(koehler)).toEqual(['pm10_corrected', 'pm2_5_corrected']);
    expect(names(barkjohn)).toEqual(['pm2_5_corrected']);
    expect(correctedReadings(readings, koehler).map(({ source }) => source)).toEqual([0, 1]);
  });

  it.each([
    ['without humidity', { pm10: 50 }],
    ['above 95 %', { pm10: 50, relative_humidity: 95.1 }],
    ['without particles', { relative_humidity: 50, temperature: 3 }],
  ])('are not made %s', (_what, pairs) => {
    expect(correctedReadings(message(pairs), koehler)).toEqual([]);
  });

  it('are made at exactly 95 %', () => {
    const readings = message({ pm10: 100, relative_humidity: 95 });
    expect(correctedReadings(readings, koehler)[0]?.reading.value).toBeCloseTo(22.44898, 4);
  });

  it('use the humidity of the same instant only', () => {
    const readings = [
      ...message({ pm10: 50 }, 1_000),
      ...message({ pm10: 60, relative_humidity: 80 }, 2_000),
    ];
    expect(correctedReadings(readings, koehler).map(({ reading }) => reading.at)).toEqual([2_000]);
  });

  it('lie within the catalogue for every value that devices may send', () => {
    const { min, max } = metricOf('pm2_5_corrected');
    for (const value of [0, 1, 100, 569, 570, 600, 611, 1000, metricOf('pm2_5').max]) {
      for (const humidity of [0, 50, 95]) {
        for (const made of [
          koehlerCorrected(value, humidity, 0.4),
          barkjohnCorrected(value, humidity),
        ]) {
          expect(made).toBeGreaterThanOrEqual(min);
          expect(made).toBeLessThanOrEqual(max);
        }
      }
    }
  });
});

describe('the correction of a device', () => {
  it.each([
    { method: 'koehler', kappa: 0.19 },
    { method: 'koehler', kappa: 0.41 },
    { method: 'barkjohn', kappa: 0.3 },
    { method: 'linear' },
    {},
  ])('cannot be %j', (correction) => {
    expect(Correction.safeParse(correction).success).toBe(false);
  });

  it('has kappa 0.3 where none is said', () => {
    expect(Correction.parse({ method: 'koehler' })).toEqual(koehler);
  });

  it.each(['SDS011', 'SPS30', undefined, 'BME280'])('cannot be Barkjohn for %s', (model) => {
    expect(correctionFault({ model, createdAt: 0, correction: barkjohn })).toContain('Plantower');
    expect(correctionFault({ model, createdAt: 0, correction: koehler })).toBeUndefined();
  });

  it.each(['PMS5003', 'PMS 7003', 'PMSx003 + BME280', 'PurpleAir PA-II', 'Plantower'])(
    'can be Barkjohn for %s',
    (model) => {
      expect(correctionFault({ model, createdAt: 0, correction: barkjohn })).toBeUndefined();
    },
  );

  it('is known for every arrival after it was changed, taken away and given again', () => {
    let device = recorded({ createdAt: 100, correction: koehler }, undefined, 100);
    device = recorded({ ...device, correction: { ...koehler, kappa: 0.4 } }, device, 200);
    device = recorded({ ...device, correction: undefined }, device, 300);
    device = recorded({ ...device, correction: koehler }, device, 400);
    const kappaAt = (at: number) => {
      const correction = correctionAt(device, at);
      return correction?.method === 'koehler' ? correction.kappa : undefined;
    };
    expect([99, 100, 199, 200, 299, 300, 399, 400, 9_999].map(kappaAt)).toEqual([
      undefined,
      0.3,
      0.3,
      0.4,
      0.4,
      undefined,
      undefined,
      0.3,
      0.3,
    ]);
  });

  it('has no history where there never was one, and none is added by another change', () => {
    const plain = { createdAt: 1, model: 'SDS011' };
    expect(recorded(plain, undefined, 5)).toEqual(plain);
    const device = recorded({ ...plain, correction: koehler }, plain, 5);
    expect(recorded({ ...device, model: 'SPS30' }, device, 9)).toEqual({
      ...device,
      model: 'SPS30',
    });
  });

  it('holds its order when the clock goes back', () => {
    const device = recorded({ createdAt: 1, correction: koehler }, undefined, 500);
    const changed = recorded({ ...device, correction: undefined }, device, 400);
    expect(changed.corrections?.map(({ since }) => since)).toEqual([500, 500]);
    expect(correctionAt(changed, 500)).toBeUndefined();
  });

  it('is refused when it has been changed too often', () => {
    let device = recorded({ createdAt: 0, correction: koehler }, undefined, 0);
    for (let change = 1; change <= correctionPeriodsMax; change++) {
      const correction = change % 2 === 0 ? koehler : undefined;
      device = recorded({ ...device, correction }, device, change);
    }
    expect(correctionFault(device)).toContain('100 times');
  });
});
