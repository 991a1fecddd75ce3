import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { DeviceKey } from '../../../../broker/contract/ids.ts';
import type { QualityFlag } from '../../../../broker/contract/quality.ts';
import { createRandom } from '../../../../firmware-sim/random.ts';
import { createEmbeddedStore } from '../../../../ingest/store/embedded/embedded-store.ts';
import { OpenMinutes } from '../../../../ingest/store/embedded/open-minutes.ts';
import { storeLimits } from '../../../../ingest/store/limits.ts';
import { createMemoryStore } from '../../../../ingest/store/memory.ts';
import { batchOf } from '../../../../ingest/store/reading-batch.ts';
import type { StoredReading } from '../../../../ingest/store/store.ts';
import { silentLog } from '../../../support/log.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const start = Date.UTC(2025, 10, 13);
const minuteMs = 60_000;
const gauge = { kind: 'gauge', intervalMs: 10_000 } as const;

function known(): OpenMinutes {
  const minutes = new OpenMinutes();
  minutes.expect(7, gauge);
  minutes.note(7, start + 1, 5, 1);
  return minutes;
}

it('has the minute under way and the one before it, of series whose interval is known', () => {
  const minutes = known();
  minutes.note(8, start + 1, 5, 1);
  minutes.note(7, start + minuteMs, 6, 1);
  expect([start, start + minuteMs].map((at) => minutes.has(7, at))).toEqual([true, true]);
  expect(minutes.has(8, start)).toBe(false);
  minutes.note(7, start + 2 * minuteMs, 7, 1);
  expect([start, start + minuteMs].map((at) => minutes.has(7, at))).toEqual([false, true]);
  expect(minutes.rowOf(7, start + minuteMs)).toMatchObject({ count: 1, mean: 6 });
});

it('has a minute no more of which something else has become, and never again', () => {
  const disturbances: ((minutes: OpenMinutes) => void)[] = [
    (minutes) => minutes.disturb(7, start + 30_000),
    (minutes) => minutes.expect(7, { ...gauge, intervalMs: 5_000 }),
    (minutes) => minutes.expect(7, { ...gauge, kind: 'state' }),
    (minutes) => minutes.forgetBefore(start + minuteMs),
    (minutes) => minutes.disturb(7, start + 2 * minuteMs),
  ];
  for (const disturb of disturbances) {
    const minutes = known();
    disturb(minutes);
    minutes.note(7, start + 40_000, 5, 1);
    expect(minutes.has(7, start)).toBe(false);
  }
});

it('begins no minute whose samples were there before', () => {
  const minutes = new OpenMinutes();
  minutes.expect(7, gauge);
  minutes.disturb(7, start);
  minutes.note(7, start + 1, 5, 1);
  expect(minutes.has(7, start)).toBe(false);
  minutes.note(7, start + minuteMs, 5, 1);
  expect(minutes.has(7, start + minuteMs)).toBe(true);
});

it('leaves series beyond its bound to be read', () => {
  const minutes = new OpenMinutes();
  const series = storeLimits.openMinutesSeriesMax;
  for (const id of [series - 1, series]) {
    minutes.expect(id, gauge);
    minutes.note(id, start, 5, 1);
  }
  expect([minutes.has(series - 1, start), minutes.has(series, start)]).toEqual([true, false]);
});

it('makes the rows that the reference makes, whatever comes between: late, repeated, changed, judged', async () => {
  const path = join(tempFolder(), 'series.duckdb');
  const store = createEmbeddedStore({ path }, { log: silentLog });
  await store.start();
  onTestFinished(() => store.stop());
  const reference = createMemoryStore();
  const { next, index: pick } = createRandom(5);
  const series = (['a/1', 'a/2', 'b/1'] as DeviceKey[]).flatMap((device) =>
    (['pm10', 'temperature', 'lamp_on'] as const).map((metric) => ({ device, metric })),
  );
  const random = (now: number): StoredReading => {
    const at = now - (pick(5) === 0 ? pick(90_000) : pick(4_000));
    const of = series[pick(series.length)] ?? { device: 'a/1', metric: 'pm10' };
    const value = of.metric === 'lamp_on' ? pick(2) : Math.round(next() * 5);
    return { ...of, at, value, flag: (1 + pick(4)) as QualityFlag, reasons: 0, receivedAt: now };
  };
  let intervalMs = 10_000;
  for (let round = 0; round < 50; round++) {
    const now = start + round * 4_000;
    const readings = Array.from({ length: 1 + pick(12) }, () => random(now));
    // Mostly in order, as devices send.
    if (pick(4) > 0) readings.sort((a, b) => a.at - b.at);
    const judged =
      pick(9) === 0 ? readings.slice(0, 2).map((one) => ({ ...one, flag: 3 as const })) : [];
    if (pick(30) === 0) intervalMs += 1_000;
    const first = start + Math.floor((now - start - 90_000) / minuteMs) * minuteMs;
    const windows = series.flatMap((of) =>
      [0, 1, 2].map((minute) => ({ ...of, start: first + minute * minuteMs, intervalMs })),
    );
    for (const each of [store, reference]) {
      await each.write(batchOf(readings));
      if (judged.length > 0) await each.judge(judged);
    }
    for (const each of [store, reference])
      if (round % 3 === 0) await each.rollUp('1m', windows, now);
  }
  for (const of of series) {
    const query = { ...of, from: 0, to: start + 1e9, rowsMax: 1_000 };
    const rows = await store.rollups('1m', query);
    expect(rows.at.length).toBeGreaterThan(3);
    expect(rows).toEqual(await reference.rollups('1m', query));
  }
});
