import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NewDevice, NewProvider } from '../../broker/contract/api.ts';
import { ApiFailure } from '../../firmware-sim/api-client.ts';
import { formatReport } from '../../firmware-sim/report.ts';
import { startSimulation } from '../../firmware-sim/simulation.ts';
import { until } from '../support/until.ts';
import type { TinyBroker } from './support.ts';
import { calmClock, silent, tinyBroker } from './support.ts';

/** Registration as `interface.md` has it, and series out of what a broker saw. */
async function tinyApi(broker: TinyBroker, fault: { status?: number } = {}) {
  const providers = new Set<string>();
  const devices = new Set<string>();
  const requests: string[] = [];
  const patches: object[] = [];
  /** What is registered of a device that is there. */
  const known = { kind: 'light' };
  const series = (device: string, metric: string) => {
    const rows = broker.published
      .filter(({ topic }) => topic === `city/v1/${device}/readings`)
      .map(({ payload }) => JSON.parse(payload) as Record<string, number>)
      .filter((row) => row[metric] !== undefined);
    return {
      columns: {
        at: rows.map(({ at }) => at),
        value: rows.map((row) => row[metric]),
        flag: rows.map(() => 2),
        reasons: rows.map(() => 0),
        receivedAt: rows.map(({ at }) => at),
      },
    };
  };
  const answer = (method: string, url: URL, body: unknown): [number, unknown] => {
    if (fault.status) return [fault.status, { title: 'no' }];
    if (url.pathname === '/api/v1/providers') {
      const { id, name } = NewProvider.parse(body);
      if (providers.has(id)) return [409, {}];
      providers.add(id);
      return [201, { id, name, token: `token-of-${id}` }];
    }
    if (url.pathname.endsWith('/token')) return [200, { id: 'x', name: 'x', token: 'token-again' }];
    if (url.pathname === '/api/v1/devices' && method === 'POST') {
      const { provider, id } = NewDevice.parse(body);
      if (devices.has(id)) return [409, {}];
      devices.add(id);
      return [201, { provider, id, token: 'unused' }];
    }
    if (url.pathname.startsWith('/api/v1/devices/')) {
      if (method === 'PATCH') patches.push(body as object);
      return [200, known];
    }
    return [
      200,
      series(url.searchParams.get('device') ?? '', url.searchParams.get('metric') ?? ''),
    ];
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    requests.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const [status, body] = answer(
      request.method ?? '',
      new URL(request.url ?? '', 'http://x'),
      text ? JSON.parse(text) : undefined,
    );
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, devices, providers, patches };
}

function simulate(broker: TinyBroker, apiUrl: string) {
  const simulation = startSimulation(
    {
      seed: 'demo',
      devices: 12,
      intervalScale: 0.001,
      mqttUrl: broker.url,
      api: { url: apiUrl, adminToken: 'admin' },
      historyMs: 3_600_000,
      verifyDevices: 4,
    },
    { clock: calmClock(), log: silent },
  );
  onTestFinished(() => simulation.stop());
  return simulation;
}

describe('startSimulation', () => {
  it('fails with a clear error when the API refuses', async () => {
    const broker = await tinyBroker();
    const api = await tinyApi(broker, { status: 401 });
    const starting = simulate(broker, api.url).start();
    await expect(starting).rejects.toThrow(ApiFailure);
    await expect(starting).rejects.toThrow('answered 401');
  });

  it('registers, publishes, fills history, stops, and finds nothing lost', async () => {
    const broker = await tinyBroker();
    const api = await tinyApi(broker);
    const simulation = simulate(broker, api.url);
    await simulation.start();
    expect([api.providers.size, api.devices.size]).toEqual([4, 12]);
    expect(api.requests.every((request) => request.endsWith('Bearer admin'))).toBe(true);
    await until('messages', () => simulation.report().acknowledged > 60, 10_000);
    await simulation.historyDone();
    await simulation.stop();
    await until('all gone', () => broker.clients() === 0);
    const report = simulation.report();
    expect(report).toMatchObject({
      devices: 12,
      errors: 0,
      history: { sent: 12, acknowledged: 12, finished: true },
    });
    expect(report.acknowledged).toBe(report.sent);
    const found = await simulation.verify();
    expect(found).toMatchObject({ devices: 4, lost: 0, duplicated: 0, changed: 0 });
    expect(found.checked).toBeGreaterThan(10);
    expect(formatReport({ ...report, verification: found })).toContain('0 lost');
  });

  it('starts a second time where all is registered, with rotated tokens', async () => {
    const broker = await tinyBroker('token-again');
    const api = await tinyApi(broker);
    for (const id of ['stadtwerke', 'umweltamt', 'abfallwirtschaft', 'makers'])
      api.providers.add(id);
    for (const { id } of simulate(broker, api.url).plan.devices) api.devices.add(id);
    const simulation = simulate(broker, api.url);
    await simulation.start();
    expect(simulation.report().connections).toMatchObject({ planned: 12, open: 12 });
    // Of devices of an earlier run what is missing is filled in, and nothing else.
    const { devices } = simulation.plan;
    const incomplete = devices.filter(({ lamp, container }) => lamp || container);
    expect(api.patches).toHaveLength(incomplete.length);
    expect(incomplete.length).toBeGreaterThan(4);
    const fields = new Set(api.patches.flatMap((patch) => Object.keys(patch)));
    expect([...fields].sort()).toEqual(['container', 'group', 'lamp']);
  });
});
