import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { type Part, startParts } from '../../deploy/lifecycle.ts';

const log = pino({ level: 'silent' });

/** A part that notes what is done to it, and starts at once unless it is told how. */
function bench() {
  const done: string[] = [];
  const part = (name: string, start?: (signal: AbortSignal) => Promise<void>): Part => ({
    name,
    async start(signal) {
      done.push(`start ${name}`);
      await start?.(signal);
      return async () => void done.push(`stop ${name}`);
    },
  });
  return { done, part };
}

describe('parts of a process', () => {
  it('are started in order and stopped in the reverse order, also when one does not stop cleanly', async () => {
    const { done, part } = bench();
    const bad: Part = { name: 'bad', start: async () => () => Promise.reject(new Error('stuck')) };
    const running = startParts([part('a'), bad, part('b')], log);
    await running.started;
    await running.stop();
    expect(done).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('are stopped again when a later one cannot be started', async () => {
    const { done, part } = bench();
    const failing = part('b', () => Promise.reject(new Error('no port')));
    const { started } = startParts([part('a'), failing, part('c')], log);
    await expect(started).rejects.toThrow('no port');
    expect(done).toEqual(['start a', 'start b', 'stop a']);
  });

  it('that are still starting are waited for when all is to stop, and no further one begins', async () => {
    const { done, part } = bench();
    let ready = (): void => {};
    const slow = part('slow', (signal) => {
      signal.addEventListener('abort', () => done.push('told slow'));
      return new Promise((resolve) => {
        ready = resolve;
      });
    });
    const running = startParts([part('a'), slow, part('c')], log);
    await new Promise((resolve) => setImmediate(resolve));
    const stopped = running.stop();
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toEqual(['start a', 'start slow', 'told slow']);
    ready();
    await stopped;
    await running.started;
    expect(done.slice(3)).toEqual(['stop slow', 'stop a']);
  });

  it('that give up because all is to stop are no failure: the process must not end before the others', async () => {
    const { done, part } = bench();
    const giving = part(
      'giving',
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('refused')));
        }),
    );
    const running = startParts([part('a'), giving], log);
    await new Promise((resolve) => setImmediate(resolve));
    await running.stop();
    await expect(running.started).resolves.toBeUndefined();
    expect(done).toEqual(['start a', 'start giving', 'stop a']);
  });
});
