import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Device } from '../../broker/contract/device.ts';
import { type RegistryChange, RegistryFull } from '../../broker/contract/registry.ts';
import { createRegistry } from '../../broker/registry/registry.ts';
import { changesMax, RegistryFile } from '../../broker/registry/registry-file.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

function openRegistry(path: string) {
  const registry = createRegistry({ path });
  onTestFinished(() => registry.close());
  return registry;
}

function device(id: string, more: Partial<Device> = {}): Device {
  return { provider: 'p', id, kind: 'air', public: false, createdAt: 1, ...more };
}

describe('the registry', () => {
  it('knows nothing at first', async () => {
    const registry = openRegistry(tempFolder());
    expect(registry.device('p/a')).toBeUndefined();
    expect(registry.accountOf('')).toBeUndefined();
    expect(registry.deviceCount()).toBe(0);
    expect(await registry.deleteDevice('p/a')).toBe(false);
  });

  it('keeps everything over a restart', async () => {
    const path = tempFolder();
    const first = createRegistry({ path });
    await first.putProvider({ id: 'p', name: 'P', createdAt: 1, open: false });
    await first.putDevice(device('a', { name: 'Bridge', location: { lat: 50, lon: 8 } }));
    await first.putReportedStatus('p/a', { online: true, at: 5 });
    const token = await first.issueToken({ kind: 'device', device: 'p/a' });
    await first.close();
    const second = openRegistry(path);
    expect(second.provider('p')?.name).toBe('P');
    expect(second.device('p/a')).toEqual(first.device('p/a'));
    expect(second.reportedStatus('p/a')).toEqual({ online: true, at: 5 });
    expect(second.accountOf(token)).toEqual({ kind: 'device', device: 'p/a' });
  });

  it('replaces the former token of an account, and only that', async () => {
    const registry = openRegistry(tempFolder());
    const other = await registry.issueToken({ kind: 'operator', name: 'olga' });
    const former = await registry.issueToken({ kind: 'provider', provider: 'p' });
    const token = await registry.issueToken({ kind: 'provider', provider: 'p' });
    expect(registry.accountOf(former)).toBeUndefined();
    expect(registry.accountOf(token)).toEqual({ kind: 'provider', provider: 'p' });
    expect(registry.accountOf(other)).toEqual({ kind: 'operator', name: 'olga' });
    expect(token).toMatch(/^sp_[A-Za-z0-9_-]{43}$/);
  });

  it('ends a token without a new one, tells who listens, and only once', async () => {
    const path = tempFolder();
    const registry = openRegistry(path);
    const changes: RegistryChange[] = [];
    const olga = { kind: 'operator', name: 'olga' } as const;
    const token = await registry.issueToken(olga);
    const other = await registry.issueToken({ kind: 'operator', name: 'igor' });
    expect([...registry.tokenAccounts()]).toHaveLength(2);
    registry.onChange((change) => changes.push(change));
    expect(await registry.revokeTokens(olga)).toBe(true);
    expect(await registry.revokeTokens(olga)).toBe(false);
    expect(changes).toEqual([{ kind: 'tokens', account: olga }]);
    expect(registry.accountOf(token)).toBeUndefined();
    await registry.close();
    const again = openRegistry(path);
    expect(again.accountOf(token)).toBeUndefined();
    expect(again.accountOf(other)).toEqual({ kind: 'operator', name: 'igor' });
    expect([...again.tokenAccounts()]).toEqual([{ kind: 'operator', name: 'igor' }]);
  });

  it('has no token in its files', async () => {
    const path = tempFolder();
    const registry = openRegistry(path);
    const token = await registry.issueToken({ kind: 'provider', provider: 'p' });
    const files = readdirSync(path).map((name) =>
      readFileSync(join(path, name)).toString('latin1'),
    );
    expect(files.join()).toContain('provider:p');
    expect(files.join()).not.toContain(token);
  });

  it('removes token and status with the device, and tells', async () => {
    const registry = openRegistry(tempFolder());
    await registry.putDevice(device('a'));
    await registry.putReportedStatus('p/a', { online: true, at: 5 });
    const token = await registry.issueToken({ kind: 'device', device: 'p/a' });
    const changes: RegistryChange[] = [];
    const stop = registry.onChange((change) => changes.push(change));
    expect(await registry.deleteDevice('p/a')).toBe(true);
    expect(registry.device('p/a')).toBeUndefined();
    expect(registry.accountOf(token)).toBeUndefined();
    expect(registry.reportedStatus('p/a')).toBeUndefined();
    expect(changes).toEqual([
      { kind: 'device', key: 'p/a', device: undefined },
      { kind: 'tokens', account: { kind: 'device', device: 'p/a' } },
    ]);
    stop();
    await registry.putDevice(device('a'));
    expect(changes).toHaveLength(2);
  });

  it('registers 500 devices with their tokens at once in well under 2 s', async () => {
    const registry = openRegistry(tempFolder());
    const begin = performance.now();
    await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        await registry.putDevice(device(`d${index}`));
        return registry.issueToken({ kind: 'device', device: `p/d${index}` });
      }),
    );
    expect(performance.now() - begin).toBeLessThan(2_000);
    expect(registry.deviceCount()).toBe(500);
  });

  it('refuses a provider too many and still takes changes of those that are there', async () => {
    const registry = openRegistry(tempFolder());
    const provider = (index: number) => ({ id: `p${index}`, name: 'P', createdAt: 1, open: false });
    await Promise.all(
      Array.from({ length: 5_000 }, (_, index) => registry.putProvider(provider(index))),
    );
    const refused = registry.putProvider(provider(5_000));
    await expect(refused).rejects.toThrow(RegistryFull);
    await registry.putProvider({ ...provider(0), name: 'renamed' });
    expect(registry.provider('p0')?.name).toBe('renamed');
    expect(registry.provider('p5000')).toBeUndefined();
  });

  it('finds at once what another process added', async () => {
    const path = tempFolder();
    const registry = openRegistry(path);
    const changes: string[] = [];
    registry.onChange(({ kind }) => changes.push(kind));
    const source = `
      import { createRegistry } from ${JSON.stringify(resolve(import.meta.dirname, '../../broker/registry/registry.ts'))};
      const registry = createRegistry({ path: ${JSON.stringify(path)} });
      await registry.putDevice(${JSON.stringify(device('other'))});
      console.log(await registry.issueToken({ kind: 'device', device: 'p/other' }));
      await registry.close();`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--import',
      'tsx',
      '--input-type=module',
      '--eval',
      source,
    ]);
    // At once, without waiting for a poll: whoever was let in a moment ago may speak now.
    expect(registry.accountOf(stdout.trim())).toEqual({ kind: 'device', device: 'p/other' });
    expect(registry.device('p/other')).toBeDefined();
    expect(changes).toEqual(['device', 'tokens']);
  });

  it('loads anew when more changed than the log holds, and tells what differs', async () => {
    const path = tempFolder();
    const registry = openRegistry(path);
    await registry.putDevice(device('gone'));
    const former = await registry.issueToken({ kind: 'provider', provider: 'p' });
    const changes: RegistryChange[] = [];
    registry.onChange((change) => changes.push(change));
    const file = new RegistryFile(path);
    await file.commit([
      () => [
        { kind: 'device', key: 'p/gone' },
        { kind: 'device', key: 'p/new', device: device('new') },
        { kind: 'tokens', account: { kind: 'provider', provider: 'p' } },
      ],
      () =>
        Array.from({ length: changesMax + 10 }, (_, at) => ({
          kind: 'status' as const,
          key: 'p/new' as const,
          status: { online: true, at },
        })),
    ]);
    await until('the new device', () => registry.device('p/new'));
    expect(registry.device('p/gone')).toBeUndefined();
    expect(registry.accountOf(former)).toBeUndefined();
    expect(changes.map(({ kind }) => kind).sort()).toEqual([
      'device',
      'device',
      'status',
      'tokens',
    ]);
    await file.close();
  });
});
