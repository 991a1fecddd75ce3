import { expect, it } from 'vitest';
import { createRandom } from '../../../firmware-sim/random.ts';
import { rollUpSamples } from '../../../ingest/domain/roll-up.ts';
import { RunningRows } from '../../../ingest/domain/running-rows.ts';

const start = Date.UTC(2025, 10, 13, 7, 59);

it('gives, sample by sample, the row that all samples of the minute give, to the last bit', () => {
  const { next, index: pick } = createRandom(3);
  const rows = new RunningRows();
  rows.reserve(2);
  for (let round = 0; round < 500; round++) {
    const intervalMs = [1_000, 7_000, 60_000, 145_000, 86_400_000][pick(5)] ?? 1_000;
    const count = 1 + pick(30);
    const at = Array.from({ length: count }, () => start + pick(60_000)).sort((a, b) => a - b);
    const samples = {
      at: [...new Set(at)],
      value: at.map(() => (pick(4) === 0 ? pick(3) - 1 : (next() - 0.5) * 10 ** (pick(30) - 10))),
      flag: at.map(() => [1, 2, 3, 4, 9][pick(5)] ?? 1),
    };
    const window = round % 2;
    rows.begin(window, intervalMs);
    for (const [end, instant] of samples.at.entries()) {
      rows.add(window, instant, samples.value[end] ?? 0, samples.flag[end] ?? 1);
      const of = { samples, begin: 0, end: end + 1 };
      const expected = rollUpSamples('1m', { kind: 'gauge', intervalMs }, start, of);
      expect(rows.row(window, start)).toEqual(expected);
    }
  }
});
