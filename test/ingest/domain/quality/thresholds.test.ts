import { describe, expect, it } from 'vitest';
import type { MetricName } from '../../../../broker/contract/metrics.ts';
import { metricNames, metricOf } from '../../../../broker/contract/metrics.ts';
import { QualityOverrides } from '../../../../broker/contract/quality-rules.ts';
import { qualityRuleSet } from '../../../../ingest/domain/quality/rule-set.ts';
import { hasHourTests, thresholdsFor } from '../../../../ingest/domain/quality/thresholds.ts';

describe('thresholds', () => {
  // What table 3.1 says of each model; NO2 in µg/m³ at 1.913 per ppb.
  const ranges: [model: string, metric: MetricName, range: [number, number]][] = [
    ['SDS011', 'pm2_5', [0, 999.9]],
    ['SDS011', 'pm10', [0, 999.9]],
    ['Nova SDS 011', 'pm10', [0, 999.9]],
    ['PMS5003', 'pm1', [0, 1000]],
    ['PMS7003', 'pm2_5', [0, 1000]],
    ['PMSx003', 'pm10', [0, 1000]],
    ['PurpleAir PA-II', 'pm2_5', [0, 1000]],
    ['SPS30', 'pm4', [0, 1000]],
    ['DHT22', 'temperature', [-40, 80]],
    ['DHT22', 'relative_humidity', [0, 100]],
    ['BME280', 'temperature', [-40, 85]],
    ['BME280', 'relative_humidity', [0, 100]],
    ['BME280', 'pressure', [300, 1100]],
    ['MH-Z19B', 'co2', [400, 5000]],
    ['SCD30', 'co2', [400, 10_000]],
    ['Alphasense NO2-B43F', 'no2', [-20 * 1.913, 20_000 * 1.913]],
  ];
  it.each(ranges)('of %s give %s the range %j', (model, metric, range) => {
    expect(thresholdsFor({ metric, model }).range).toEqual(range);
  });

  it.each([
    ['pm2_5', [0, 500]],
    ['temperature', [-30, 50]],
    ['pressure', [870, 1085]],
    ['co2', [380, 2000]],
    ['no2', [-20 * 1.913, 300 * 1.913]],
  ] as const)('call values of %s within %j usual', (metric, usual) => {
    expect(thresholdsFor({ metric }).usual).toEqual(usual);
  });

  it('take every sensor that a model names', () => {
    const model = 'airRohr: SDS011 + DHT22';
    expect(thresholdsFor({ metric: 'pm10', model }).range).toEqual([0, 999.9]);
    expect(thresholdsFor({ metric: 'temperature', model }).range).toEqual([-40, 80]);
    expect(thresholdsFor({ metric: 'temperature', model: 'PMSL 503 box' }).range).toEqual([
      -40, 85,
    ]);
  });

  it('of the device win over those of the model, and null switches a test off', () => {
    const overrides = { pm10: { range: [0, 700] as [number, number], spike: null, usual: null } };
    const merged = thresholdsFor({ metric: 'pm10', model: 'SDS011', overrides });
    expect(merged.range).toEqual([0, 700]);
    expect(merged.spikeFail).toBe(200);
    expect('spike' in merged || 'usual' in merged).toBe(false);
    expect(thresholdsFor({ metric: 'pm2_5', model: 'SDS011', overrides }).spike).toBe(50);
  });

  it('do not change the rule set when they are merged', () => {
    const before = JSON.stringify(qualityRuleSet);
    thresholdsFor({ metric: 'pm10', model: 'SDS011', overrides: { pm10: { spike: 1 } } });
    expect(JSON.stringify(qualityRuleSet)).toBe(before);
  });

  it.each(['reference', 'equivalent'] as const)('of a %s station know no humidity', (method) => {
    expect(thresholdsFor({ metric: 'pm10', method }).humidityMax).toBeUndefined();
    const overrides = { pm10: { humidityMax: 90 } };
    expect(thresholdsFor({ metric: 'pm10', method, overrides }).humidityMax).toBe(90);
  });

  it.each(['lamp_on', 'fill_level', 'energy', 'rssi'] as const)(
    'there are none for %s',
    (metric) => {
      expect(thresholdsFor({ metric, model: 'SDS011' })).toEqual({});
    },
  );

  it.each(metricNames)('of %s are well-formed, and never wider than the catalogue', (metric) => {
    const merged = thresholdsFor({ metric });
    expect(QualityOverrides.safeParse({ [metric]: merged }).error).toBeUndefined();
    const { min, max } = metricOf(metric);
    if (!merged.range) return;
    expect(merged.range[0]).toBeGreaterThanOrEqual(min);
    expect(merged.range[1]).toBeLessThanOrEqual(max);
  });

  it('tell which series need judging after their hour', () => {
    expect(hasHourTests(thresholdsFor({ metric: 'pm10' }))).toBe(true);
    expect(hasHourTests(thresholdsFor({ metric: 'temperature' }))).toBe(true);
    expect(hasHourTests(thresholdsFor({ metric: 'pressure' }))).toBe(false);
    expect(hasHourTests(thresholdsFor({ metric: 'lamp_on' }))).toBe(false);
  });
});
