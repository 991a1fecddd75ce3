import { describe, expect, test } from 'vitest';
import { startTestApi } from './support/test-api.ts';

const lamp = '/api/v1/devices/koeln/l1/commands';
const station = '/api/v1/devices/ulm/a1/commands';

describe('POST commands', () => {
  test.each([
    ['no command', {}],
    ['an unknown one', { command: 'reboot' }],
    ['a switch without a state', { command: 'switch', args: {} }],
    ['a switch with a text', { command: 'switch', args: { on: 'yes' } }],
    ['more light than there is', { command: 'dim', args: { level: 101 } }],
    ['a word that is not known', { command: 'ping', args: {}, urgent: true }],
    ['an argument that is not known', { command: 'ping', args: { times: 3 } }],
    ['too short a time', { command: 'ping', expiresInMs: 10 }],
    ['too long a time', { command: 'ping', expiresInMs: 8 * 86_400_000 }],
  ])('refuses %s', async (_what, payload) => {
    const { ask, commands } = await startTestApi();
    const answer = await ask({ method: 'POST', url: lamp, as: 'operator', payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().detail).toMatch(/got|command/);
    expect(commands.commands).toEqual([]);
  });

  test.each([
    ['switch', { on: true }],
    ['dim', { level: 40 }],
    ['automatic', {}],
  ])('%s is for lamps only, and says so', async (command, args) => {
    const { ask, commands } = await startTestApi();
    const payload = { command, args };
    const refused = await ask({ method: 'POST', url: station, as: 'admin', payload });
    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toMatchObject({
      code: 'invalid-request',
      detail: `${command} is for devices of kind light, got air`,
      errors: [{ field: 'command' }],
    });
    expect(commands.commands).toEqual([]);
    const taken = await ask({ method: 'POST', url: lamp, as: 'admin', payload });
    expect(taken.statusCode).toBe(202);
  });

  test('answers with the command as it waits, and with who asked for it', async () => {
    const { ask } = await startTestApi();
    const payload = { command: 'dim', args: { level: 40 }, expiresInMs: 10_000 };
    const answer = await ask({ method: 'POST', url: lamp, as: 'operator', payload });
    expect(answer.json()).toMatchObject({
      device: 'koeln/l1',
      command: 'dim',
      args: { level: 40 },
      state: 'queued',
      by: 'operator:Ada',
      expiresAt: 10_000,
    });
    const { location } = answer.headers;
    const again = await ask({ url: String(location), as: 'operator' });
    expect(again.json()).toEqual(answer.json());
  });

  test('is a line of the audit log', async () => {
    const { ask, audit } = await startTestApi();
    await ask({ method: 'POST', url: lamp, as: 'operator', payload: { command: 'ping' } });
    expect(audit.events).toMatchObject([
      { actor: 'operator:Ada', action: 'sendCommand', object: 'koeln/l1', outcome: 'done' },
    ]);
  });

  test('says when too many wait', async () => {
    const { ask, commands } = await startTestApi();
    commands.isFull = true;
    const answer = await ask({
      method: 'POST',
      url: lamp,
      as: 'admin',
      payload: { command: 'ping' },
    });
    expect(answer.statusCode).toBe(409);
    expect(answer.json().code).toBe('commands-full');
  });
});

test('a list has the newest first and as many as were asked for', async () => {
  const { ask } = await startTestApi();
  for (const level of [10, 20, 30])
    await ask({
      method: 'POST',
      url: lamp,
      as: 'admin',
      payload: { command: 'dim', args: { level } },
    });
  const answer = await ask({ url: `${lamp}?limit=2`, as: 'admin' });
  const levels = answer.json().commands.map(({ args }: { args: { level: number } }) => args.level);
  expect(levels).toEqual([30, 20]);
  expect((await ask({ url: `${lamp}?limit=0`, as: 'admin' })).statusCode).toBe(400);
});
