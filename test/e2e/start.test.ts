import { spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DeviceList } from '../../broker/contract/api.ts';
import { freePort } from '../support/free-port.ts';
import { influxMissing, startInfluxServer } from '../support/influx-server.ts';
import { spawnPlatform, startPlatform } from '../support/platform.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const root = join(import.meta.dirname, '..', '..');

function runStart(args: string[], env: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env;
  const result = spawnSync(process.execPath, ['deploy/start.mjs', ...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: 30_000,
    env: { PATH, HOME, LOG_LEVEL: 'silent', ...env },
  });
  return { code: result.status, lines: (result.stdout + result.stderr).trim().split('\n') };
}

describe('npm start', () => {
  it('stops cleanly on SIGTERM and keeps secrets to itself', async () => {
    const platform = await startPlatform();
    const token = await platform.provider('ulm');
    expect(await platform.stop('SIGTERM')).toBe(0);
    expect(platform.output()).not.toContain(token);
    expect(platform.output()).not.toContain('admin-token-of-the-tests');
  });

  it('stops cleanly also while its simulated city is still being made known', async () => {
    const demo = await spawnPlatform({ script: 'demo' });
    onTestFinished(async () => void (await demo.stop('SIGKILL')));
    const simulated = () => demo.json<DeviceList>('/api/v1/devices?limit=1').catch(() => undefined);
    await until('the first device', async () => (await simulated())?.devices[0], 60_000);
    expect(await demo.stop('SIGTERM')).toBe(0);
    expect(demo.output()).not.toContain('simulated devices publish');
    expect(demo.output()).not.toMatch(/Error/);
  });

  it('makes an admin token on the very first start, shows it once, and keeps only its hash', async () => {
    const dataDir = tempFolder();
    const first = await startPlatform({ dataDir, env: { ADMIN_TOKEN: '' } });
    const [, token] = /token \(shown this once\): (\S+)/.exec(first.output()) ?? [];
    expect(token).toMatch(/^sp_[\w-]{32}$/);
    expect((await first.api('/api/v1/rejections', { token })).status).toBe(200);
    await first.stop();
    expect(statSync(join(dataDir, 'admin-token.sha256')).mode & 0o777).toBe(0o600);
    const second = await startPlatform({ dataDir, env: { ADMIN_TOKEN: '' } });
    onTestFinished(async () => void (await second.stop()));
    expect(second.output()).not.toContain('shown this once');
    expect((await second.api('/api/v1/rejections', { token })).status).toBe(200);
  });

  it.each(['MQTT_PORT', 'HTTP_PORT'])(
    'says in one sentence that %s is in use',
    async (variable) => {
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void taken.close());
      const { port } = taken.address() as { port: number };
      const others = { MQTT_PORT: String(await freePort()), HTTP_PORT: String(await freePort()) };
      const { code, lines } = runStart([], {
        DATA_DIR: tempFolder(),
        ...others,
        [variable]: String(port),
      });
      expect(code).toBe(1);
      expect(lines.at(-1)).toContain(String(port));
      expect(lines.at(-1)).toMatch(/in use/);
    },
  );

  it('says in one sentence that the data folder cannot be made', () => {
    const file = join(tempFolder(), 'a-file');
    writeFileSync(file, '');
    const { code, lines } = runStart([], { DATA_DIR: join(file, 'data') });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('DATA_DIR');
  });

  it('says in one sentence that InfluxDB cannot be reached', async () => {
    const INFLUX_URL = `http://127.0.0.1:${await freePort()}`;
    const { code, lines } = runStart([], { DATA_DIR: tempFolder(), INFLUX_URL, MQTT_PORT: '0' });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(INFLUX_URL);
  });

  const itWithInflux = it.skipIf(influxMissing() !== undefined);
  itWithInflux(
    'says in one sentence that the broker cannot be reached, without its credentials',
    async () => {
      const influx = await startInfluxServer();
      onTestFinished(() => influx.remove());
      const BROKER_URL = `mqtt://admin:a-secret-token@127.0.0.1:${await freePort()}`;
      for (const service of ['ingest', 'dashboard']) {
        const env = { DATA_DIR: tempFolder(), INFLUX_URL: influx.url, BROKER_URL, HTTP_PORT: '0' };
        const { code, lines } = runStart([service], env);
        expect(code).toBe(1);
        expect(lines).toHaveLength(1);
        expect(lines[0]).toContain('MQTT broker');
        expect(lines[0]).not.toContain('a-secret-token');
      }
    },
  );

  it('says that another process has the data folder', async () => {
    const platform = await startPlatform();
    onTestFinished(async () => void (await platform.stop()));
    const ports = { MQTT_PORT: String(await freePort()), HTTP_PORT: String(await freePort()) };
    const { code, lines } = runStart([], { DATA_DIR: platform.dataDir, ...ports });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
  });

  it('names every fault of the configuration at once, secrets masked', () => {
    const { code, lines } = runStart(['--check'], {
      MQTT_PORT: 'many',
      ENROLMENT: 'maybe',
      RETAIN_RAW: 'long',
      MAP_TILES_URL: 'https://tiles.example/{z}/{x}/{y}.png',
      ADMIN_TOKEN: 'a-secret-that-is-long-enough',
    });
    const text = lines.join('\n');
    expect(code).toBe(1);
    for (const name of ['MQTT_PORT must', 'ENROLMENT', 'RETAIN_RAW must', 'MAP_TILES_ATTRIBUTION'])
      expect(text).toContain(name);
    expect(text).not.toContain('a-secret-that-is-long-enough');
  });

  it('says that the base map is not there', () => {
    const { code, lines } = runStart([], {
      DATA_DIR: tempFolder(),
      MAP_GEOJSON: '/nowhere.geojson',
    });
    expect(code).toBe(1);
    expect(lines).toEqual(['MAP_GEOJSON: there is no file /nowhere.geojson.']);
  });

  it('--check ends well when there is no fault, and starts nothing', () => {
    const dataDir = join(tempFolder(), 'untouched');
    const { code, lines } = runStart(['--check'], { DATA_DIR: dataDir });
    expect(code).toBe(0);
    expect(lines.at(-1)).toBe('The configuration has no fault.');
    expect(() => statSync(dataDir)).toThrow(/ENOENT/);
  });

  it('does not start a service that it does not know', () => {
    expect(runStart(['borker'], {})).toMatchObject({ code: 1 });
  });

  it.each([
    [['ingest'], 'BROKER_URL'],
    [['dashboard'], 'BROKER_URL'],
  ])('says what %s alone needs', (args, variable) => {
    const { code, lines } = runStart(args, { DATA_DIR: tempFolder() });
    expect(code).toBe(1);
    expect(lines.join(' ')).toContain(variable);
  });
});
