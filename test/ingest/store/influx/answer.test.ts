import { describe, expect, test } from 'vitest';
import { parseAnswer } from '../../../../ingest/store/influx/answer.ts';

const document = (series: unknown[]) =>
  JSON.stringify({ results: [{ statement_id: 0, series, partial: true }] });

const seriesOf = (device: string) => ({
  name: 'pm10',
  tags: { provider: 'a', device },
  columns: ['time', 'value'],
  values: [[1, 2.5]],
});

/** The bytes of a text in pieces of `size`, as a network might cut them. */
async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

const devicesIn = async (text: string, size: number) => {
  const devices: (string | undefined)[] = [];
  for await (const { tags } of parseAnswer(cut(text, size))) devices.push(tags.device);
  return devices;
};

describe('an answer of InfluxDB', () => {
  test('that says an error, alone or in a result, is refused with it', async () => {
    const failed = `${document([seriesOf('b')])}\n{"results":[{"statement_id":0,"error":"boom"}]}\n`;
    await expect(devicesIn(failed, 64)).rejects.toMatchObject({
      code: 'influx-refused',
      message: 'boom',
    });
    await expect(devicesIn('{"error":"no database"}', 64)).rejects.toThrow('no database');
  });

  test('that is no answer at all is an error, not an empty result', async () => {
    await expect(devicesIn('<html>proxy</html>', 64)).rejects.toThrow();
    await expect(devicesIn('{"results":[{"series":[{"name":1}]}]}', 64)).rejects.toThrow();
    const noRows = JSON.stringify({
      results: [{ series: [{ name: 'a', columns: [], values: [1] }] }],
    });
    await expect(devicesIn(noRows, 64)).rejects.toThrow();
  });

  test('comes in lines, wherever the network cuts them, also inside a character', async () => {
    const text = `${document([seriesOf('日本')])}\n${document([seriesOf('b'), seriesOf('c')])}\n\n`;
    for (const size of [1, 2, 3, 7, 1000]) {
      expect(await devicesIn(text, size)).toEqual(['日本', 'b', 'c']);
    }
  });

  test('comes as one document from a server that knows no chunks', async () => {
    expect(await devicesIn(document([seriesOf('b'), seriesOf('c')]), 10)).toEqual(['b', 'c']);
    expect(await devicesIn('{"results":[{"statement_id":0}]}', 10)).toEqual([]);
  });
});
