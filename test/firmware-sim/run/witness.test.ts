import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLink } from '../../../firmware-sim/library-link.ts';
import { LinkRefused } from '../../../firmware-sim/link.ts';
import { createWitness, hashOf, Matching } from '../../../firmware-sim/run/witness.ts';
import { Tally } from '../../../firmware-sim/tally.ts';
import { freePort } from '../../support/free-port.ts';
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
    const refused = expect(createWitness({ mqttUrl: broker.url })).rejects;
    await refused.toThrow(new LinkRefused('nobody can subscribe at the broker: CONNACK 5'));
  });

  it('says so when there is no broker, and when the broker does not let it subscribe', async () => {
    const port = await freePort();
    const mqttUrl = `mqtt://127.0.0.1:${port}`;
    await expect(createWitness({ mqttUrl })).rejects.toThrow('ECONNREFUSED');
    // CONNACK, then a SUBACK that says no.
    const answers = [Buffer.from([0x20, 2, 0, 0]), Buffer.from([0x90, 3, 0, 1, 0x80])];
    const server = createServer((socket) => {
      socket.on('data', () => socket.write(answers.shift() ?? Buffer.alloc(0)));
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    await expect(createWitness({ mqttUrl })).rejects.toThrow('does not give out');
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
