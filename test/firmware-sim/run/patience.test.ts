import { expect, it, onTestFinished, vi } from 'vitest';
import { Patience } from '../../../firmware-sim/run/patience.ts';

it('lasts as long as something comes, and is over when nothing does', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const patience = new Patience(1_000);
  for (let count = 0; count < 10; count++) {
    vi.advanceTimersByTime(900);
    patience.renew();
  }
  expect(patience.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect(patience.signal.aborted).toBe(true);
});
