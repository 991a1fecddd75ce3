import { describe, expect, it } from 'vitest';
import { planFleet } from '../../../firmware-sim/fleet.ts';
import { LinkRefused } from '../../../firmware-sim/link.ts';
import type { Crew } from '../../../firmware-sim/run/crew.ts';
import { createCrews } from '../../../firmware-sim/run/thread-crew.ts';
import { loadScenario } from '../../../firmware-sim/scenario.ts';
import { until } from '../../support/until.ts';
import { tinyBroker } from '../support.ts';

const fromAt = Date.UTC(2026, 10, 20, 6);
const groups = planFleet({ seed: 'demo', devices: 8 }).map((device) => [device]);

function crewsAt(mqttUrl: string, workers: number) {
  const config = {
    ...{ mqttUrl, accounts: {}, client: 'lean' as const, lastWill: true, isWitnessed: true },
  };
  return createCrews(groups, config, { workers, clock: Date.now });
}

const stopAll = async (crews: readonly Crew[]) =>
  (await Promise.all(crews.map((crew) => crew.stop()))).flat();

async function play(crews: readonly Crew[]) {
  const loaded = loadScenario('normal-week');
  if ('faults' in loaded) throw new Error(loaded.faults.join());
  const span = { fromAt, toAt: fromAt + 3_600_000 };
  const plan = { seed: 'demo', scenario: loaded.scenario, span, samplesPerMessage: 1 };
  await Promise.all(crews.map((crew) => crew.connect()));
  for (const crew of crews) crew.run({ plan, startedAt: Date.now(), speed: 'max' });
  await Promise.all(crews.map((crew) => crew.finished));
  const results = await stopAll(crews);
  const states = crews.map((crew) => crew.state());
  return {
    sums: results.map(({ device, steps, sums }) => [device, steps, [...sums].sort()]).sort(),
    acknowledged: states.reduce((sum, state) => sum + state.accounts.tally.acknowledged, 0),
    hashes: states.flatMap(({ acknowledged }) => acknowledged).sort(),
  };
}

describe('createCrews', () => {
  it('tells that a broker refuses, from a thread, too', async () => {
    const broker = await tinyBroker('right');
    const crews = crewsAt(broker.url, 2);
    await expect(Promise.all(crews.map((crew) => crew.connect()))).rejects.toThrow(LinkRefused);
    await stopAll(crews);
    await until('all gone', () => broker.clients() === 0);
  });

  it('does in threads what it does without', async () => {
    const broker = await tinyBroker();
    const alone = await play(crewsAt(broker.url, 1));
    expect(alone.acknowledged).toBeGreaterThan(50);
    expect(alone.hashes).toHaveLength(alone.acknowledged);
    expect(await play(crewsAt(broker.url, 2))).toEqual(alone);
    await until('all gone', () => broker.clients() === 0);
  });
});
