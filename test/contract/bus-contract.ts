import type { IPublishPacket, MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Bus, type InboundMessage, NotKept, type Settle } from '../../broker/bus/bus.ts';
import { until } from '../support/until.ts';

/** One way of joining devices and ingest, with a device that may publish for `umwelt/a1`. */
export interface BusUnderTest {
  bus: Bus;
  /** A connected MQTT client of a device or its provider; it connects again by itself. */
  device: MqttClient;
  close(): Promise<void>;
}

export interface BusTraits {
  /** The device's own acknowledgement waits for ingest (else its broker has taken the message over). */
  gatesDevice: boolean;
}

const readings = 'city/v1/umwelt/a1/readings';
const status = 'city/v1/umwelt/a1/status';
const commands = 'city/v1/umwelt/a1/commands';
const commandAck = 'city/v1/umwelt/a1/commands/ack';

/** What every bus must do, whichever way it takes. */
export function describeBus(
  name: string,
  open: () => Promise<BusUnderTest>,
  traits: BusTraits,
): void {
  describe(`bus: ${name}`, () => {
    let under: BusUnderTest;
    let messages: InboundMessage[];
    let held: Settle[];
    let isHolding: boolean;
    const accept = (message: InboundMessage, settle: Settle) => {
      messages.push(message);
      if (isHolding) held.push(settle);
      else settle();
    };
    const texts = () => messages.map(({ payload }) => Buffer.from(payload).toString());

    beforeEach(async () => {
      messages = [];
      held = [];
      isHolding = false;
      under = await open();
    });
    afterEach(async () => {
      isHolding = false;
      for (const settle of held) settle();
      await under.close();
    });

    it('hands readings, statuses and command acks on, as they are', async () => {
      await under.bus.start(accept);
      await under.device.publishAsync(readings, '{"pm10":1}', { qos: 1 });
      await under.device.publishAsync(status, 'online', { qos: 1 });
      await under.device.publishAsync(commandAck, '{"id":"1"}', { qos: 1 });
      await until('three messages', () => messages.length === 3);
      expect(messages.map(({ topic }) => topic)).toEqual([readings, status, commandAck]);
      expect(texts()).toEqual(['{"pm10":1}', 'online', '{"id":"1"}']);
      expect(messages.every(({ receivedAt }) => Math.abs(receivedAt - Date.now()) < 5_000)).toBe(
        true,
      );
      expect(messages.map(({ qos }) => qos)).toEqual([1, 1, 1]);
    });

    it('hands QoS 0 on', async () => {
      await under.bus.start(accept);
      await under.device.publishAsync(readings, 'zero', { qos: 0 });
      await until('the message', () => messages.length === 1);
      expect(messages[0]?.qos).toBe(0);
    });

    it('hands QoS 2 on', async () => {
      await under.bus.start(accept);
      await under.device.publishAsync(readings, 'two', { qos: 2 });
      await until('the message', () => messages.length === 1);
      expect(messages[0]?.qos).toBeGreaterThan(0);
    });

    it('keeps the order of 2,000 messages and needs far fewer commits for them', async () => {
      await under.bus.start(accept);
      isHolding = true;
      const count = 2_000;
      let commits = 0;
      const commit = setInterval(() => {
        if (held.length > 0) commits += 1;
        for (const settle of held.splice(0)) settle();
      }, 5);
      onTestFinished(() => clearInterval(commit));
      await Promise.all(
        Array.from({ length: count }, (_, index) =>
          under.device.publishAsync(readings, `${index}`, { qos: 1 }),
        ),
      );
      await until('all of them', () => messages.length === count, 10_000);
      expect(texts()).toEqual(Array.from({ length: count }, (_, index) => `${index}`));
      expect(commits).toBeLessThan(count / 10);
    });

    it('brings a message that was not kept again, until it is', async () => {
      await under.bus.start((message, settle) => {
        messages.push(message);
        settle(messages.length === 1 ? new NotKept('disk full') : undefined);
      });
      await under.device.publishAsync(readings, 'precious', { qos: 1 });
      await until('the message to come again', () => messages.length >= 2, 10_000);
      expect(new Set(texts())).toEqual(new Set(['precious']));
    });

    it('survives an accept that throws', async () => {
      await under.bus.start((message, settle) => {
        messages.push(message);
        if (messages.length === 1) throw new Error('bug');
        settle();
      });
      await under.device.publishAsync(readings, 'precious', { qos: 1 });
      await until('the message to come again', () => messages.length >= 2, 10_000);
    });

    it('publishes commands to devices', async () => {
      await under.bus.start(accept);
      const got: string[] = [];
      under.device.on('message', (topic: string, payload: Buffer, _packet: IPublishPacket) =>
        got.push(`${topic} ${payload}`),
      );
      await under.device.subscribeAsync(commands, { qos: 1 });
      await under.bus.publish({ topic: commands, payload: '{"id":"1"}', qos: 1 });
      await until('the command', () => got.length === 1);
      expect(got).toEqual([`${commands} {"id":"1"}`]);
    });

    it('takes nothing after stop, and stop waits for what is under way', async () => {
      await under.bus.start(accept);
      isHolding = true;
      under.device.publish(readings, 'under way', { qos: 1 });
      await until('the message', () => held.length === 1);
      let isStopped = false;
      const stopped = under.bus.stop().then(() => {
        isStopped = true;
      });
      under.device.publish(readings, 'too late', { qos: 1 });
      await under.device.publishAsync(status, 'too late', { qos: 0 });
      expect(isStopped).toBe(false);
      held.splice(0)[0]?.();
      await stopped;
      expect(texts()).toEqual(['under way']);
    });

    if (traits.gatesDevice)
      it('does not acknowledge to the device before ingest has settled', async () => {
        await under.bus.start(accept);
        isHolding = true;
        let isAcknowledged = false;
        const published = under.device.publishAsync(readings, 'x', { qos: 1 }).then(() => {
          isAcknowledged = true;
        });
        await until('the message', () => held.length === 1);
        await under.device.publishAsync(readings, 'another', { qos: 0 });
        await until('the next message', () => held.length === 2);
        expect(isAcknowledged).toBe(false);
        for (const settle of held.splice(0)) settle();
        await published;
      });
  });
}
