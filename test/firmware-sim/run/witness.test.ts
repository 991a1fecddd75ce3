import { describe, expect, it, onTestFinished } from 'vitest';
import { createLink } from '../../../firmware-sim/library-link.ts';
import { LinkRefused } from '../../../firmware-sim/link.ts';
import { createWitness, hashOf, Matching } from '../../../firmware-sim/run/witness.ts';
import { Tally } from '../../../firmware-sim/tally.ts';
import { until } from '../../support/until.ts';
import { tinyBroker } from '../support.ts';

describe('Matching', () => {
  it('keeps only what was counted on one side', () => {
    const matching = new Matching();
    for (const hash of [1, 2, 2, 3]) matching.add(hash, 1);
    for (const hash of [2, 1, 4]) matching.add(hash, -1);
    expect(matching.left()).toEqual({ missing: 2, more: 1 });
  });
});

describe('hashOf', () => {
  it('tells topics and payloads apart, and takes text and bytes alike', () => {
    const all = ['a', 'b', 'ab', ''].flatMap((topic) =>
      ['', 'x', 'y', 'xy', 'ü'].map((payload) => hashOf(topic, payload)),
    );
    expect(new Set(all).size).toBe(20);
    expect(hashOf('t', Buffer.from('grün'))).toBe(hashOf('t', 'grün'));
  });
});

describe('createWitness', () => {
  it('is refused where it may not come in', async () => {
    const broker = await tinyBroker('right');
    await expect(createWitness({ mqttUrl: broker.url })).rejects.toThrow(LinkRefused);
  });

  it('hears what is delivered, and misses what is not', async () => {
    const broker = await tinyBroker();
    const witness = await createWitness({ mqttUrl: broker.url });
    onTestFinished(() => witness.stop());
    const link = createLink({ url: broker.url, clientId: 'c', seed: 1, devices: [] }, new Tally());
    await link.start();
    for (const payload of ['one', 'two']) link.publish('city/v1/p/d/readings', payload);
    await until('heard', () => witness.findings().heard === 2);
    await link.stop();
    witness.acknowledged(['one', 'three'].map((text) => hashOf('city/v1/p/d/readings', text)));
    expect(witness.findings()).toEqual({
      heard: 2,
      missing: 1,
      more: 1,
      overflowed: 0,
      isCut: false,
    });
  });
});
