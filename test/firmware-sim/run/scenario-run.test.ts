import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Progress } from '../../../firmware-sim/run/progress.ts';
import type { ScenarioRunConfig } from '../../../firmware-sim/run/scenario-run.ts';
import { runScenario } from '../../../firmware-sim/run/scenario-run.ts';
import { loadScenario } from '../../../firmware-sim/scenario.ts';
import { silent, tinyBroker } from '../support.ts';

const counters = ['received', 'stored', 'duplicate'].map((name) => `readings_${name}_total 0\n`);

/** An API at which devices can be registered, and that answers an export as it is told to. */
async function apiWith({ onDevice, onExport }: Partial<typeof calm>) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://x');
    request.resume();
    if (pathname === '/metrics') response.end(counters.join(''));
    else if (pathname === '/api/v1/providers') response.end('{"id":"p","name":"p","token":"t"}');
    else if (pathname === '/api/v1/rejections') response.end('{"rejections":[]}');
    else if (pathname === '/api/v1/export') (onExport ?? calm.onExport)(response);
    else {
      (onDevice ?? calm.onDevice)();
      response.end('{}');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, adminToken: 'admin' };
}

const calm = {
  onDevice: (): void => undefined,
  onExport: (response: ServerResponse): void => {
    response.end('device,metric,unit,at,value,flag,reasons\n');
  },
};

async function start(more: Partial<ScenarioRunConfig> & Pick<ScenarioRunConfig, 'api'>) {
  const loaded = loadScenario('normal-week');
  if ('faults' in loaded) throw new Error(loaded.faults.join());
  const { fleet } = loaded.scenario;
  const broker = await tinyBroker();
  const [end, giveUp] = [new AbortController(), new AbortController()];
  const told: Progress[] = [];
  const config: ScenarioRunConfig = {
    scenario: { ...loaded.scenario, fleet: { ...fleet, devices: 20 }, durationMs: 3_600_000 },
    ...{ seed: 'demo', mqttUrl: broker.url, speed: 'max', workers: 1, client: 'lean' },
    ...{ devicesPerConnection: 1, samplesPerMessage: 1, isWitnessed: false },
    ...more,
  };
  return {
    ...{ end, giveUp, told },
    play: () =>
      runScenario(config, {
        ...{ clock: Date.now, log: silent, signal: end.signal, giveUp: giveUp.signal },
        onProgress: (progress) => told.push(progress),
      }),
  };
}

describe('runScenario', () => {
  it('ends when it is told to while devices are registered', async () => {
    const api = await apiWith({ onDevice: () => run.end.abort() });
    const run = await start({ api });
    const { isComplete, state, span, platform } = await run.play();
    expect([isComplete, state.accounts.tally.sent]).toEqual([false, 0]);
    expect(state.at).toBe(span.fromAt);
    expect(run.told.map(({ phase }) => phase)).not.toContain('running');
    expect(platform?.readBack.keys).toBe(0);
  });

  it('counts what it registers and what it is to read back', async () => {
    const run = await start({ api: await apiWith({}) });
    const { platform } = await run.play();
    const counted = run.told.flatMap((progress) => progress.counted ?? []);
    expect(counted).toContainEqual({ what: 'devices', done: 0, of: 20 });
    const { lost = 0 } = platform?.readBack ?? {};
    expect(lost).toBeGreaterThan(100);
    expect(counted.at(-1)).toEqual({ what: 'readings', done: 0, of: lost });
  });

  it.each([
    ['is not there any more', (response: ServerResponse) => void response.writeHead(503).end()],
    [
      'breaks off',
      (response: ServerResponse) => {
        response.write('device,metric,unit,at,value,flag,reasons\n', () => response.destroy());
      },
    ],
  ])('reports a run of which the export %s', async (_what, onExport) => {
    const run = await start({ api: await apiWith({ onExport }) });
    const { isComplete, platform, unverified, state } = await run.play();
    expect([isComplete, platform]).toEqual([true, undefined]);
    expect(unverified).toMatch(/answered 503|broke in the export/);
    expect(state.accounts.tally.acknowledged).toBeGreaterThan(20);
  });

  it('gives up reading back when it is told to', async () => {
    const api = await apiWith({ onExport: () => run.giveUp.abort() });
    const run = await start({ api });
    expect(await run.play()).toMatchObject({
      isComplete: true,
      unverified: 'that was ended before',
    });
  });
});
