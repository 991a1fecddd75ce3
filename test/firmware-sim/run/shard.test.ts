import { describe, expect, it, onTestFinished } from 'vitest';
import { planFleet } from '../../../firmware-sim/fleet.ts';
import { createLeanLink } from '../../../firmware-sim/lean-link.ts';
import type { Link, LinkConfig } from '../../../firmware-sim/link.ts';
import type { DeviceResult } from '../../../firmware-sim/run/ledger.ts';
import { createPace } from '../../../firmware-sim/run/pace.ts';
import { partsOf } from '../../../firmware-sim/run/run-part.ts';
import { Shard } from '../../../firmware-sim/run/shard.ts';
import { parseScenario } from '../../../firmware-sim/scenario.ts';
import type { Tally } from '../../../firmware-sim/tally.ts';
import { until } from '../../support/until.ts';
import { tinyBroker } from '../support.ts';

const fromAt = Date.UTC(2026, 10, 20, 6);
const span = { fromAt, toAt: fromAt + 4 * 3_600_000 };

function scenarioOf(more: object = {}) {
  const parsed = parseScenario({
    ...{ name: 'test', description: 'a test', fleet: { devices: 12 } },
    ...{ start: new Date(fromAt).toISOString(), duration: '4h', ...more },
  });
  if ('faults' in parsed) throw new Error(parsed.faults.join());
  return parsed.scenario;
}

const trouble = {
  faults: {
    reboots: { share: 0.3, every: '90m', downtime: '40s' },
    uplinkOutages: [{ after: '60m', lasts: '30m', share: 0.5 }],
    duplicates: { share: 0.5, oneIn: 5 },
    badPayloads: { share: 0.3, oneIn: 4 },
  },
};

/** Answers when it is told to. */
class FakeLink implements Link {
  readonly events: string[] = [];
  readonly #config: LinkConfig;
  readonly #due: (() => void)[] = [];
  connected = false;
  onDrop = (): void => undefined;

  constructor(config: LinkConfig) {
    this.#config = config;
  }

  get inFlight(): number {
    return this.#due.length;
  }

  get hasRoom(): boolean {
    return this.connected && this.#due.length < (this.#config.inFlightMax ?? 16);
  }

  async start() {
    this.connected = true;
  }

  publish(_topic: string, payload: string | Uint8Array, onAck?: () => void): boolean {
    this.events.push(`send ${String(payload).length}`);
    this.#due.push(onAck ?? (() => undefined));
    return true;
  }

  answerOne(): void {
    this.#due.shift()?.();
    this.#config.onReady?.();
  }

  answer(): void {}
  lose(): void {
    this.drop();
  }

  drop(): void {
    this.events.push('drop');
    this.connected = false;
    this.onDrop();
  }

  regain(): void {
    this.events.push('return');
    this.connected = true;
    this.#config.onReady?.();
  }

  async stop() {}
  cut(): void {}
}

function shardOf(scenario: ReturnType<typeof scenarioOf>, inFlightMax?: number) {
  const links: FakeLink[] = [];
  const tallies: Tally[] = [];
  const devices = planFleet({ seed: 'demo', devices: 12 });
  const shard = new Shard(
    devices.map((device) => [device]),
    { mqttUrl: 'mqtt://x', signIn: () => undefined, lastWill: true, inFlightMax },
    {
      clock: () => span.toAt,
      createLink: (config, tally) => {
        const link = new FakeLink(config);
        links.push(link);
        tallies.push(tally);
        return link;
      },
    },
  );
  onTestFinished(() => shard.stop());
  const begin = async () => {
    await shard.connect();
    const pace = createPace({ fromAt, startedAt: 0, speed: 'max' }, () => 0);
    shard.run(pace, partsOf({ seed: 'demo', scenario, span, samplesPerMessage: 1 }));
  };
  return { shard, links, begin };
}

describe('Shard', () => {
  it('sends no more than its window, and goes on with each answer', async () => {
    const { shard, links, begin } = shardOf(scenarioOf(), 2);
    await begin();
    await until('all windows are full', () => links.every(({ inFlight }) => inFlight === 2));
    expect(shard.state().inFlight).toBe(24);
    const [first] = links;
    first?.answerOne();
    expect(first?.events).toHaveLength(3);
    expect(links.slice(1).every(({ events }) => events.length === 2)).toBe(true);
  });

  it('sends nothing while a device is away, and all the rest when it is back', async () => {
    const { shard, links, begin } = shardOf(scenarioOf(trouble));
    await begin();
    let offMax = 0;
    for (const link of links) {
      link.onDrop = () => {
        offMax = Math.max(offMax, shard.state().off);
      };
    }
    await until('the end', () => {
      for (const link of links) while (link.inFlight > 0) link.answerOne();
      return shard.state().at === undefined;
    });
    await shard.finished;
    expect([offMax > 0, shard.state().off]).toEqual([true, 0]);
    const away = links.filter(({ events }) => events.includes('drop'));
    expect(away.length).toBeGreaterThan(2);
    for (const { events } of away) {
      const dropped = events.indexOf('drop');
      expect(events[dropped + 1]).toBe('return');
      expect(events.length).toBeGreaterThan(dropped + 2);
    }
  });

  it('has nothing for sure of what nobody answered for', async () => {
    const { shard, links, begin } = shardOf(scenarioOf(), 1);
    await begin();
    await until('one message each', () => links.every(({ inFlight }) => inFlight === 1));
    await shard.stop();
    for (const { sums, unsure, steps } of shard.results())
      expect([sums.size, unsure.length, steps]).toEqual([0, 1, 1]);
  });
});

describe('a fleet in shards', () => {
  const play = async (url: string, shards: number, samplesPerMessage: number) => {
    const devices = planFleet({ seed: 'demo', devices: 12 });
    const run = { seed: 'demo', scenario: scenarioOf(trouble), span, samplesPerMessage };
    const results: DeviceResult[] = [];
    let acknowledged = 0;
    for (let part = 0; part < shards; part++) {
      const groups = devices.filter((_, index) => index % shards === part).map((one) => [one]);
      const shard = new Shard(
        groups,
        { mqttUrl: url, signIn: () => undefined, lastWill: true },
        { clock: Date.now, createLink: createLeanLink },
      );
      await shard.connect();
      shard.run(
        createPace({ fromAt, startedAt: 0, speed: 'max' }, () => 0),
        partsOf(run),
      );
      await shard.finished;
      await until('answers', () => shard.state().inFlight === 0);
      acknowledged += shard.state().accounts.tally.acknowledged;
      await shard.stop();
      results.push(...shard.results());
    }
    const sums = results.map(
      ({ device, steps, sums }) => [device, steps, [...sums].sort()] as const,
    );
    return { acknowledged, sums: sums.sort() };
  };

  it('does the same in one as in three, over a real broker', async () => {
    const broker = await tinyBroker();
    const one = await play(broker.url, 1, 1);
    const arrived = broker.published.filter(({ topic }) => topic.endsWith('/readings')).length;
    const three = await play(broker.url, 3, 1);
    expect(one.acknowledged).toBeGreaterThan(300);
    expect(arrived).toBeGreaterThanOrEqual(one.acknowledged);
    expect(three).toEqual(one);
  });
});
