import { connect, type MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Command, CommandMessage } from '../../broker/contract/commands.ts';
import { type Platform, startPlatform } from '../support/platform.ts';
import { until } from '../support/until.ts';

const device = 'ulm/lamp-1';
const topic = `city/v1/${device}/commands`;

async function register(platform: Platform): Promise<string> {
  await platform.provider('ulm');
  const body = JSON.stringify({ provider: 'ulm', id: 'lamp-1', kind: 'light' });
  const answer = await platform.api('/api/v1/devices', { method: 'POST', body });
  return ((await answer.json()) as { token: string }).token;
}

async function send(platform: Platform, order: object): Promise<Command> {
  const answer = await platform.api(`/api/v1/devices/${device}/commands`, {
    method: 'POST',
    body: JSON.stringify(order),
  });
  expect(answer.status).toBe(202);
  return (await answer.json()) as Command;
}

const find = (platform: Platform, { id }: Command): Promise<Command> =>
  platform.json<Command>(`/api/v1/commands/${id}`);

/** A device that does each id once and answers every time that it is told. */
function startDevice(
  { mqttPort }: Platform,
  token: string,
): { client: MqttClient; done: string[] } {
  const options = { username: device, password: token, reconnectPeriod: 50 };
  const client = connect(`mqtt://127.0.0.1:${mqttPort}`, options);
  client.on('error', () => {});
  onTestFinished(async () => {
    await client.endAsync(true);
  });
  const done: string[] = [];
  client.on('connect', () => client.subscribe(topic, { qos: 1 }));
  client.on('message', (_topic, payload) => {
    const { id, args } = JSON.parse(payload.toString()) as CommandMessage;
    if (!done.includes(id)) done.push(id);
    const message = `level ${args.level}`;
    client.publish(`${topic}/ack`, JSON.stringify({ id, ok: true, message }), { qos: 1 });
  });
  return { client, done };
}

describe('a command', () => {
  it('reaches a device and comes back, also over a kill of the platform', async () => {
    let platform = await startPlatform();
    onTestFinished(async () => {
      await platform.stop();
    });
    const token = await register(platform);
    const waiting = await send(platform, {
      command: 'dim',
      args: { level: 40 },
      expiresInMs: 60_000,
    });
    expect(waiting).toMatchObject({ state: 'queued', by: 'admin' });
    const short = await send(platform, { command: 'ping', expiresInMs: 5_000 });
    await platform.stop('SIGKILL');

    const { httpPort, mqttPort, dataDir } = platform;
    platform = await startPlatform({ dataDir, ports: { httpPort, mqttPort } });
    expect((await find(platform, waiting)).state).toBe('queued');
    const expired = await until(
      'expiry',
      async () => {
        const found = await find(platform, short);
        return found.state === 'expired' && found;
      },
      15_000,
    );
    expect(expired.endedAt).toBeGreaterThanOrEqual(short.expiresAt);

    const { done } = startDevice(platform, token);
    const answered = await until('the answer', async () => {
      const found = await find(platform, waiting);
      return found.state === 'acknowledged' && found;
    });
    expect(answered.message).toBe('level 40');
    expect(answered.deliveredAt).toBeGreaterThan(waiting.createdAt);
    expect(done).toEqual([waiting.id]);

    const next = await send(platform, { command: 'ping' });
    await until('the answer', async () => (await find(platform, next)).state === 'acknowledged');
    expect(await platform.metric('commands_total', 'state="acknowledged"')).toBe(2);
  });
});
