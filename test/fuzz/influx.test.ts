import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DeviceKey } from '../../broker/contract/ids.ts';
import { createInfluxStore } from '../../ingest/store/influx/influx-store.ts';
import { batchOf } from '../../ingest/store/reading-batch.ts';
import type { Store } from '../../ingest/store/store.ts';
import {
  describeWithInflux,
  type InfluxServer,
  startInfluxServer,
} from '../support/influx-server.ts';
import { silentLog } from '../support/log.ts';
import { stored } from '../support/stored.ts';
import { holds, timeoutMs } from './settings.ts';

const at = Date.UTC(2026, 10, 22);

describeWithInflux('text that goes to a real InfluxDB', () => {
  let influx: InfluxServer;
  let store: Store;
  beforeAll(async () => {
    influx = await startInfluxServer();
    store = createInfluxStore({ url: influx.url, bucket: 'fuzz' }, { log: silentLog });
    await store.start();
  });
  afterAll(async () => {
    await store?.stop();
    await influx?.remove();
  });

  it(
    'comes back as it was or is refused, and reaches nothing else',
    async () => {
      // Ids hold none of this; the store must not rely on it.
      const part = fc
        .array(
          fc.oneof(
            fc.constantFrom(
              ...[' ', ',', '=', '"', "'", '\\', '\n', '#', ';', '*', '../', '\u0000'],
            ),
            fc.constantFrom(
              'DROP DATABASE "fuzz_raw"',
              "' OR '1'='1",
              'pm10,a=b value=1 1',
              'ü',
              '😀',
            ),
            fc.string({ unit: 'grapheme', maxLength: 5 }),
          ),
          { minLength: 1, maxLength: 5 },
        )
        .map((pieces) => pieces.join('').replaceAll('/', '|'))
        .filter((text) => text !== '' && text.length < 200);
      let next = 0;
      await holds(
        fc.asyncProperty(part, part, async (provider, id) => {
          const device = `${provider}/${id}` as DeviceKey;
          const value = ++next;
          const reading = stored({ device, metric: 'pm10', at: at + value, value });
          const good = { ...reading, device: 'ulm/good' as DeviceKey };
          const outcome = await store.write(batchOf([reading, good]));
          expect(outcome.stored + outcome.refused.length).toBe(2);
          const rowsOf = (one: DeviceKey) =>
            store.raw({ device: one, metric: 'pm10', from: at, to: at + value + 1, rowsMax: 1e5 });
          // What cannot be written cannot be asked for either.
          if (outcome.refused.length === 0) expect((await rowsOf(device)).value.at(-1)).toBe(value);
          // The neighbour has each of its readings, and nothing that was not its own.
          expect((await rowsOf('ulm/good')).value).toHaveLength(value);
        }),
      );
    },
    timeoutMs,
  );
});
