import { describe, expect, test } from 'vitest';
import type { DeviceKey } from '../../../../broker/contract/ids.ts';
import {
  identifier,
  isDevice,
  isOneOf,
  isWithin,
  line,
  lineStart,
  literal,
  readingLine,
  uncarriable,
} from '../../../../ingest/store/influx/escape.ts';
import { batchOf } from '../../../../ingest/store/reading-batch.ts';

const at = 1_763_805_600_000;

describe('text for InfluxQL', () => {
  test('stays inside its quotes whatever it holds', () => {
    expect(literal(`x'; DROP DATABASE "city"; --`)).toBe(`'x\\'; DROP DATABASE "city"; --'`);
    expect(literal('\\')).toBe(`'\\\\'`);
    expect(literal(`\\'`)).toBe(`'\\\\\\''`);
    expect(literal('a\nb')).toBe(`'a\\nb'`);
    expect(identifier(`x" ; DROP DATABASE y`)).toBe(`"x\\" ; DROP DATABASE y"`);
    expect(identifier('\\"')).toBe(`"\\\\\\""`);
  });

  test('selects a device by both of its ids', () => {
    expect(isDevice('museum/hall')).toBe(`"provider" = 'museum' AND "device" = 'hall'`);
    expect(isOneOf(['a/b', 'c/d'])).toBe(
      `(("provider" = 'a' AND "device" = 'b') OR ("provider" = 'c' AND "device" = 'd'))`,
    );
  });

  test('writes instants as whole ms', () => {
    expect(isWithin(1.9, 2e12)).toBe('time >= 1ms AND time < 2000000000000ms');
  });
});

describe('line protocol', () => {
  const point = (device: DeviceKey) => line({ device, metric: 'pm10', at, fields: { value: 1.5 } });

  test('has the metric as measurement, both ids as tags and the time in ms', () => {
    expect(point('museum/hall')).toBe(`pm10,device=hall,provider=museum value=1.5 ${at}`);
  });

  test('writes counts as whole numbers and other fields as floating point', () => {
    const fields = { mean: 1, min: -0.5, max: 1e21, count: 3 };
    expect(line({ device: 'a/b', metric: 'pm2_5', at, fields })).toBe(
      `pm2_5,device=b,provider=a mean=1,min=-0.5,max=1e+21,count=3i ${at}`,
    );
  });

  test('writes the columns of a reading as its fields', () => {
    for (const [device, value] of [
      ['a b/c,d=e', -0],
      ['museum/hall', 0.1 + 0.2],
      ['museum/hall', 1e21],
      ['museum/hall', 7],
    ] as const) {
      const key = { device, metric: 'pm10', at } as const;
      const rest = { flag: 3, reasons: 5, receivedAt: at + 7 } as const;
      const general = { value, flag: 3, reasons: 5, received_at: at + 7 };
      const batch = batchOf([{ ...key, value, ...rest }]);
      for (const isNew of [true, false])
        expect(readingLine(lineStart(key), batch, 0, isNew)).toBe(
          line({ ...key, fields: general }),
        );
    }
  });

  test('leaves out reasons that are none, but only of a point that takes the place of no other', () => {
    const key = { device: 'a/b', metric: 'pm10', at } as const;
    const batch = batchOf([{ ...key, value: 1, flag: 1, reasons: 0, receivedAt: at }]);
    expect(readingLine(lineStart(key), batch, 0, true)).not.toContain('reasons');
    expect(readingLine(lineStart(key), batch, 0, false)).toContain(',reasons=0i,');
  });

  test('escapes what would end a tag', () => {
    expect(point('a b/c,d=e')).toBe(`pm10,device=c\\,d\\=e,provider=a\\ b value=1.5 ${at}`);
  });

  test('cannot carry a backslash, a line end or nothing at all', () => {
    for (const device of ['a/b\\', 'a\\/b', 'a/b\nc', 'a/b\r', 'a/\u0000', 'a/', '/b'] as const) {
      expect(uncarriable(device)).toMatch('line protocol cannot carry');
    }
    expect(uncarriable(`a/'"; DROP`)).toBeUndefined();
  });
});
