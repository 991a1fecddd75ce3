import { expect, test } from 'vitest';
import {
  availabilityOf,
  stripDays,
  stripSpan,
} from '../../../../dashboard/web/device/availability.ts';

const dayMs = 86_400_000;
const noon = 20_000 * dayMs + dayMs / 2;
const { from, to } = stripSpan(noon);
const day = (index: number) => from + index * dayMs;
const all = (share: number) => Array.from({ length: stripDays }, () => share);
const days = Array.from({ length: stripDays }, (_, index) => day(index));

test('the strip is 90 whole days, the running one included', () => {
  expect((to - from) / dayMs).toBe(stripDays);
  expect(noon).toBeGreaterThan(to - dayMs);
  expect(noon).toBeLessThan(to);
});

test('all covered is 100 %, the running day by what has passed of it', () => {
  const coverage = [...all(1).slice(1), 0.5];
  const found = availabilityOf({ at: days, coverage }, 0, noon);
  expect(found.share).toBeCloseTo(1, 9);
  expect(found.days).toBe(90);
  expect(found.cells.at(-1)).toEqual({ at: day(89), share: 1 });
});

test('a day without values is 0 once the device is there, and not counted before', () => {
  const found = availabilityOf({ at: [], coverage: [] }, day(80), noon);
  expect(found.cells[79]?.share).toBeNull();
  expect(found.cells[80]?.share).toBe(0);
  expect(found.days).toBe(10);
  expect(found.share).toBe(0);
});

test('values from before the registration say that it was there', () => {
  const found = availabilityOf({ at: [day(70)], coverage: [1] }, day(80), noon);
  expect(found.cells[69]?.share).toBeNull();
  expect(found.cells[70]?.share).toBe(1);
  expect(found.cells[75]?.share).toBe(0);
});

test('the first day counts from the registration on', () => {
  const found = availabilityOf({ at: [day(88)], coverage: [0.25] }, day(88) + dayMs / 2, noon);
  expect(found.cells[88]?.share).toBeCloseTo(0.25, 9);
  const half = availabilityOf({ at: [], coverage: [] }, day(88) + dayMs / 2, noon);
  expect(half.days).toBe(2);
});

test('half of the days missing is half, weighed by their length', () => {
  const found = availabilityOf({ at: days.slice(0, 45), coverage: all(1).slice(0, 45) }, 0, noon);
  expect(found.share).toBeCloseTo(45 / 89.5, 6);
});

test('a device that came this moment has no availability yet', () => {
  const found = availabilityOf({ at: [], coverage: [] }, noon, noon);
  expect(found.share).toBeNull();
  expect(found.days).toBe(0);
});

test('more than was expected is 100 %, not more', () => {
  const found = availabilityOf({ at: [day(89)], coverage: [1] }, day(89), noon);
  expect(found.cells[89]?.share).toBe(1);
});
