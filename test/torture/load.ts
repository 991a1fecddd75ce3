import mqtt, { type MqttClient } from 'mqtt';
import { type DeviceKey, deviceIdOf, providerOf } from '../../broker/contract/ids.ts';
import { createRandom, type Random } from '../../firmware-sim/random.ts';
import { until } from '../support/until.ts';
import { DeviceLedger } from './ledger.ts';
import type { Topology } from './topology.ts';

/** Devices that publish, and send again with the same keys what was not acknowledged. */
export interface Load {
  ledgers: readonly DeviceLedger[];
  ackedCount(): number;
  /** Readings that were acknowledged and then sent once more, as by a device that missed the ack. */
  repeatedCount(): number;
  /** Sends nothing new and waits for the acks; answers the keys that stayed without one, by device. */
  drain(): Promise<Unanswered>;
  resume(): void;
  /** Closes the connections. */
  stop(): Promise<void>;
}

/** Event times of the messages without an acknowledgement, by device. */
export type Unanswered = Readonly<Record<string, readonly number[]>>;

export interface LoadOptions {
  seed: number;
  /** Readings per second over all devices. */
  rate: number;
  token: string;
}

const fleet = { qos1: 8, qos2: 2, http: 2 } as const;
/** Messages of one device under way; the next one waits. */
const windowMax = 40;
const httpBatch = 10;
const tickMs = 20;
/** Share of the acknowledged that is sent again nevertheless. */
const repeatShare = 0.03;
/** Keys over all devices; then nothing new is sent. */
const keysMax = 4_000_000;
const drainMsMax = 90_000;
/** Keys start so long ago: inside every raw retention, and never in the future. */
const startAgoMs = 6 * 3_600_000;

/** A device: how it sends one message, the rest is common to all. */
interface Sender {
  ledger: DeviceLedger;
  /** Readings of one message. */
  batch: number;
  /** Resolves when it was acknowledged; rejects only when the load is stopped. */
  send(ats: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

export async function startLoad(topology: Topology, options: LoadOptions): Promise<Load> {
  const startAt = Date.now() - startAgoMs;
  const senders: Sender[] = [];
  const ledger = (way: string, index: number): DeviceLedger =>
    new DeviceLedger(`torture/${way}-${index}` as DeviceKey, startAt, options.seed);
  for (const way of ['qos1', 'qos2'] as const)
    for (let index = 0; index < fleet[way]; index++)
      senders.push(await mqttSender(topology, ledger(way, index), way === 'qos1' ? 1 : 2, options));
  // Without ingest in its process the API takes no push.
  if (topology.processes.length === 1)
    for (let index = 0; index < fleet.http; index++)
      senders.push(httpSender(topology, ledger('http', index), options));
  return pump(senders, options);
}

function pump(senders: readonly Sender[], options: LoadOptions): Load {
  const random = createRandom(options.seed);
  const ledgers = senders.map(({ ledger }) => ledger);
  const keys = () => ledgers.reduce((sum, { startAt, endAt }) => sum + endAt - startAt, 0);
  const state = { flowing: true, underWay: new Set<Message>(), repeated: 0 };
  const pumps = senders.map((sender) => onePump(sender, { random, state }));
  const perTick = ((options.rate / senders.length) * tickMs) / 1000;
  const timer = setInterval(() => {
    if (state.flowing && keys() < keysMax) for (const tick of pumps) tick(perTick);
  }, tickMs);
  return {
    ledgers,
    ackedCount: () => ledgers.reduce((sum, { acked }) => sum + acked.size, 0),
    repeatedCount: () => state.repeated,
    async drain() {
      state.flowing = false;
      await until('all acks', () => state.underWay.size === 0, drainMsMax).catch(() => {});
      return unansweredOf([...state.underWay]);
    },
    resume: () => {
      state.flowing = true;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(senders.map((sender) => sender.close()));
    },
  };
}

interface Message {
  ledger: DeviceLedger;
  ats: readonly number[];
}

interface Shared {
  random: Random;
  state: { flowing: boolean; underWay: Set<Message>; repeated: number };
}

function unansweredOf(messages: readonly Message[]): Unanswered {
  const byDevice: Record<string, number[]> = {};
  for (const { ledger, ats } of messages) {
    const known = byDevice[ledger.device] ?? [];
    byDevice[ledger.device] = [...known, ...ats];
  }
  return byDevice;
}

/** Answers what a tick does: sends as much as the rate and the window allow. */
function onePump(sender: Sender, { random, state }: Shared): (readings: number) => void {
  const { ledger, batch } = sender;
  let allowance = 0;
  let underWay = 0;
  const send = (ats: readonly number[]): void => {
    const message = { ledger, ats };
    underWay++;
    state.underWay.add(message);
    sender.send(ats).then(
      () => {
        underWay--;
        state.underWay.delete(message);
        const again = state.flowing && random.next() < repeatShare;
        for (const at of ats) ledger.acked.add(at);
        if (!again) return;
        state.repeated += ats.length;
        send(ats);
      },
      // The load was stopped: it stays counted as under way.
      () => {},
    );
  };
  return (readings) => {
    allowance = Math.min(allowance + readings, batch * windowMax);
    for (; allowance >= batch && underWay < windowMax; allowance -= batch)
      send(Array.from({ length: batch }, () => ledger.next()));
  };
}

function payloadOf(ledger: DeviceLedger, ats: readonly number[]): string {
  const readings = ats.map((at) => ({ at, pm10: ledger.valueOf(at) }));
  return JSON.stringify(readings.length === 1 ? readings[0] : { readings });
}

/** A persistent session; the client keeps what is not acknowledged and sends it again after a reconnect. */
async function mqttSender(
  { broker }: Topology,
  ledger: DeviceLedger,
  qos: 1 | 2,
  { token }: LoadOptions,
): Promise<Sender> {
  const client: MqttClient = await mqtt.connectAsync(
    `mqtt://127.0.0.1:${broker.platform.mqttPort}`,
    {
      username: providerOf(ledger.device),
      password: token,
      clientId: `torture-${deviceIdOf(ledger.device)}`,
      clean: false,
      reconnectPeriod: 150,
      connectTimeout: 5_000,
      // Short, so that a paused broker is left and found again.
      keepalive: 3,
      protocolVersion: 4,
    },
  );
  client.on('error', () => {});
  let closed = false;
  const topic = `city/v1/${ledger.device}/readings`;
  const publish = (payload: string): Promise<boolean> =>
    new Promise((resolve) => {
      client.publish(topic, payload, { qos }, (error) => resolve(!error));
    });
  return {
    ledger,
    batch: 1,
    async send(ats) {
      // The client hands back, with an error, what waited behind its re-sending when a connection broke.
      while (!closed) {
        if (await publish(payloadOf(ledger, ats))) return;
        await pause(retryMs);
      }
      throw new Error('stopped');
    },
    async close() {
      closed = true;
      await client.endAsync(true);
    },
  };
}

const retryMs = 200;
const httpAnswerMsMax = 15_000;

/** Posts a batch until it is answered with 2xx. */
function httpSender({ api }: Topology, ledger: DeviceLedger, { token }: LoadOptions): Sender {
  let closed = false;
  const path = `/api/v1/push/native?device=${ledger.device}`;
  return {
    ledger,
    batch: httpBatch,
    async send(ats) {
      const body = payloadOf(ledger, ats);
      while (!closed) {
        const signal = AbortSignal.timeout(httpAnswerMsMax);
        const answer = api.platform.api(path, { method: 'POST', body, token, signal });
        if (await answer.then(wasTaken, () => false)) return;
        await pause(retryMs);
      }
      throw new Error('stopped');
    },
    async close() {
      closed = true;
    },
  };
}

/** 2xx after the body was read; a refusal for good is a fault of the harness and shows as unanswered. */
async function wasTaken(response: Response): Promise<boolean> {
  await response.arrayBuffer();
  return response.ok;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
