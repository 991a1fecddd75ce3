import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Accept } from '../../../broker/bus/bus.ts';
import { NotKept } from '../../../broker/bus/bus.ts';
import { PushResult } from '../../../broker/contract/api.ts';
import { limits } from '../../../broker/contract/limits.ts';
import type { TakePush } from '../../../dashboard/api/context.ts';
import { startTestApi, testNow } from './support/test-api.ts';

const basic = (user: string, token: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`,
});
const push = { method: 'POST', url: '/api/v1/push/native', payload: '{"pm10":1}' } as const;

test("the bus's way in fits where the API expects one", () => {
  const accept: Accept = () => {};
  const take: TakePush = accept;
  expect(take).toBe(accept);
});

describe('credentials of a push', () => {
  test('must be there and be right', async () => {
    const { ask, tokens } = await startTestApi();
    const wrong = [
      { authorization: 'Bearer wrong' },
      { authorization: 'Bearer' },
      { authorization: 'Token x' },
      { authorization: 'Basic !!!' },
      { authorization: `Basic ${Buffer.from('nocolon').toString('base64')}` },
      basic('ulm', 'wrong'),
      basic('koeln', tokens.provider),
      basic('', tokens.provider),
      basic('ulm', tokens.device),
      basic('ulm/a1', tokens.device),
      basic('ulm/secret', tokens.provider),
      basic('admin', tokens.admin),
    ];
    for (const headers of wrong) {
      const answer = await ask({ ...push, headers });
      expect([headers, answer.statusCode]).toEqual([headers, 401]);
      expect(answer.json().code).toBe('bad-credentials');
      expect(answer.body).not.toContain(tokens.device);
    }
  });

  test('are those of MQTT, or a bare token', async () => {
    const { ask, ingest, tokens } = await startTestApi();
    await ask({ ...push, headers: basic('ulm', tokens.provider) });
    await ask({ ...push, headers: basic('ulm/secret', tokens.device) });
    await ask({ ...push, headers: { authorization: `Bearer ${tokens.device}` } });
    expect(ingest.messages.map(({ account }) => account)).toEqual([
      { kind: 'provider', provider: 'ulm' },
      { kind: 'device', device: 'ulm/secret' },
      { kind: 'device', device: 'ulm/secret' },
    ]);
  });

  test('are not needed under open enrolment, but wrong ones are refused there too', async () => {
    const { ask, ingest } = await startTestApi({ config: { enrolment: 'open' } });
    expect((await ask(push)).statusCode).toBe(200);
    expect(ingest.messages[0]?.account).toEqual({ kind: 'anonymous' });
    expect((await ask({ ...push, headers: basic('ulm', 'wrong') })).statusCode).toBe(401);
  });

  test('of Basic kind are taken for pushes only', async () => {
    const { ask, tokens } = await startTestApi();
    const answer = await ask({ url: '/api/v1/devices', headers: basic('ulm', tokens.provider) });
    expect(answer.statusCode).toBe(401);
  });
});

describe('a push', () => {
  test('reaches ingest as it was sent, whatever its content type says', async () => {
    const { ask, ingest } = await startTestApi();
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'X-Sensor': 'esp8266-12345',
      'X-PIN': '1',
      'x-forwarded-for': '6.6.6.6',
      'user-agent': 'NRZ-2024-135/12345',
    };
    const payload = Buffer.from([0xff, 0x00, 0x7b]);
    const url = '/v1/push-sensor-data/?x=1';
    const answer = await ask({ method: 'POST', url, headers, payload, as: 'provider' });
    expect(PushResult.parse(answer.json())).toEqual({
      device: 'ulm/a1',
      accepted: 1,
      rejected: [],
    });
    expect(ingest.messages).toEqual([
      {
        topic: '/v1/push-sensor-data/',
        payload,
        qos: 1,
        retain: false,
        receivedAt: testNow,
        account: { kind: 'provider', provider: 'ulm' },
        dialect: 'airrohr',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-sensor': 'esp8266-12345',
          'x-pin': '1',
          'user-agent': 'NRZ-2024-135/12345',
        },
      },
    ]);
  });

  test.each([
    'application/json',
    'text/plain',
    'application/senml+json; charset=utf-8',
    'text/x-nonsense',
  ])('is not taken apart on the way, as %s', async (type) => {
    const { ask, ingest } = await startTestApi();
    const payload = '{"pm10": 1, broken';
    const answer = await ask({
      ...push,
      payload,
      headers: { 'content-type': type },
      as: 'provider',
    });
    expect(answer.statusCode).toBe(200);
    expect(Buffer.from(ingest.messages[0]?.payload ?? []).toString()).toBe(payload);
  });

  test('goes to the topic of its device where the address names it', async () => {
    const { ask, ingest } = await startTestApi();
    await ask({ ...push, url: '/api/v1/push/native?device=ulm/a1', as: 'provider' });
    expect(ingest.messages[0]?.topic).toBe('city/v1/ulm/a1/readings');
    const wrong = await ask({ ...push, url: '/api/v1/push/native?device=x', as: 'provider' });
    expect(wrong.statusCode).toBe(400);
    expect((await ask({ ...push, url: '/api/v1/push/A%20B', as: 'provider' })).statusCode).toBe(
      400,
    );
  });

  test('may come from a client of HTTP/1.0 without content type', async () => {
    const { server, ingest, tokens } = await startTestApi();
    const address = server.app.server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = {
        ...basic('ulm', tokens.provider),
        connection: 'close',
        'content-length': 2,
      };
      const sent = request({ port, host: '127.0.0.1', path: '/data.php', method: 'POST', headers });
      sent.on('response', (response) => resolve(response.resume().statusCode));
      sent.on('error', reject);
      sent.end('{}');
    });
    expect(status).toBe(200);
    expect(Buffer.from(ingest.messages[0]?.payload ?? []).toString()).toBe('{}');
  });

  test('with nothing in it reaches ingest, which judges it', async () => {
    const { ask, ingest } = await startTestApi();
    await ask({ method: 'POST', url: '/data.php', as: 'provider' });
    expect(ingest.messages[0]?.payload).toHaveLength(0);
  });

  test('that is too large is refused, and the largest allowed is not', async () => {
    const { ask, ingest } = await startTestApi();
    const big = Buffer.alloc(limits.payloadBytesMax + 1);
    const refused = await ask({ ...push, payload: big, as: 'provider' });
    expect([refused.statusCode, refused.json().code]).toEqual([413, 'too-large']);
    expect(ingest.messages).toEqual([]);
    const most = await ask({ ...push, payload: big.subarray(1), as: 'provider' });
    expect(most.statusCode).toBe(200);
  });

  test('of which nothing was accepted says why', async () => {
    const { ask, ingest } = await startTestApi();
    const rejection = { reason: 'unknown-device', field: 'pm10', detail: 'not yours' } as const;
    ingest.answer = { device: undefined, accepted: 0, rejections: [rejection] };
    const answer = await ask({ ...push, as: 'provider' });
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({
      code: 'nothing-accepted',
      errors: [{ field: 'pm10', message: 'unknown-device: not yours' }],
      rejected: [rejection],
    });
    ingest.answer = { device: 'ulm/a1', accepted: 1, rejections: [rejection] };
    const partly = await ask({ ...push, as: 'provider' });
    expect(partly.json()).toEqual({ device: 'ulm/a1', accepted: 1, rejected: [rejection] });
  });

  test('that is not kept is refused for a while, without saying why', async () => {
    const { ask, ingest } = await startTestApi();
    ingest.answer = new NotKept('disk /dev/sda1 is full');
    const answer = await ask({ ...push, as: 'provider' });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'not-kept']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.body).not.toContain('sda1');
  });

  test('is refused where ingest runs elsewhere', async () => {
    const { ask } = await startTestApi({ isSplit: true });
    const answer = await ask({ ...push, as: 'provider' });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'ingest-elsewhere']);
  });
});
