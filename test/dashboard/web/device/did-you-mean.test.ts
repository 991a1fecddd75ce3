import { describe, expect, test } from 'vitest';
import { metricNames } from '../../../../broker/contract/metrics.ts';
import { didYouMean, editDistance } from '../../../../dashboard/web/device/did-you-mean.ts';

describe('an unknown name', () => {
  test.each([
    ['pm25', 'pm2_5'],
    ['PM2.5', 'pm2_5'],
    ['pm-10', 'pm10'],
    ['P1', 'pm10'],
    ['P2', 'pm2_5'],
    ['SDS_P1', 'pm10'],
    ['temp', 'temperature'],
    ['temperatur', 'temperature'],
    ['tempreature', 'temperature'],
    ['humidity', 'relative_humidity'],
    ['rh', 'relative_humidity'],
    ['presure', 'pressure'],
    ['nois', 'noise'],
    ['LAeq', 'noise'],
    ['fill', 'fill_level'],
    ['filllevel', 'fill_level'],
    ['batery_level', 'battery_level'],
    ['vbat', 'battery_voltage'],
    ['lampon', 'lamp_on'],
    ['Power', 'power'],
  ])('%s was probably %s', (word, expected) => {
    expect(didYouMean(word, metricNames)).toBe(expected);
  });

  test.each([
    ['nothing near', 'zzzzzzzz'],
    ['nothing at all', ''],
    ['signs only', '___'],
    ['too short to tell', 'x'],
    ['as near to several', 'pm9'],
    ['a name of an object', '__proto__'],
    ['a method of every object', 'constructor'],
    ['far too long', 'temperature'.repeat(50)],
  ])('of %s gets no guess', (_what, word) => {
    expect(didYouMean(word, metricNames)).toBeUndefined();
  });

  test('is never guessed to be a name that is not offered', () => {
    expect(didYouMean('hum', ['pm10'])).toBeUndefined();
    expect(didYouMean('pm10', [])).toBeUndefined();
  });
});

test.each([
  ['', '', 0],
  ['abc', '', 3],
  ['abc', 'abc', 0],
  ['abc', 'abd', 1],
  ['abc', 'acb', 1],
  ['kitten', 'sitting', 3],
])('the distance of %j and %j is %i, both ways', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});
