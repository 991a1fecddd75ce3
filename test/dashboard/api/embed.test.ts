import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTempFolder } from '../../support/temp-folder.ts';
import { startTestApi } from './support/test-api.ts';

const folder = makeTempFolder();
const accept = { accept: 'text/html' };

beforeAll(async () => {
  await mkdir(join(folder.path, 'assets'), { recursive: true });
  await writeFile(join(folder.path, 'index.html'), '<p>the dashboard');
  await writeFile(join(folder.path, 'embed.html'), '<p>the tile');
});
afterAll(() => folder.remove());

async function policyOf(url: string, embedAncestors?: string): Promise<string> {
  const { ask } = await startTestApi({
    deps: { webRoot: folder.path },
    config: embedAncestors === undefined ? {} : { embedAncestors },
  });
  return String((await ask({ url, headers: accept })).headers['content-security-policy']);
}

describe('the embeddable tile', () => {
  test('may be framed by whom the operator lets, and is as strict as all pages otherwise', async () => {
    const everywhere = await policyOf('/embed/device/ulm/a1');
    expect(everywhere).toMatch(/frame-ancestors \*$/);
    const own = await policyOf('/');
    expect(own).toMatch(/frame-ancestors 'self'$/);
    expect(everywhere.replace('*', "'self'")).toBe(own);
    expect(await policyOf('/embed/device/ulm/a1', 'https://www.city.example')).toMatch(
      /frame-ancestors https:\/\/www\.city\.example$/,
    );
    expect(await policyOf('/embed/device/ulm/a1', "'none'")).toMatch(/frame-ancestors 'none'$/);
  });

  test.each([
    '/',
    '/device/ulm/a1',
    '/embed',
    '/embed/device/ulm',
    '/embed/device/ulm/a1/more',
    '/embed.html',
    '/index.html',
    '/api/v1/devices/ulm/a1',
    '/api/v1/session',
    '/api/docs',
  ])('lends its policy to nothing else: %s', async (url) => {
    expect(await policyOf(url)).toMatch(/frame-ancestors 'self'$/);
  });

  test('is another page than the dashboard, and says nothing of the device itself', async () => {
    const { ask } = await startTestApi({ deps: { webRoot: folder.path } });
    const known = await ask({ url: '/embed/device/ulm/a1', headers: accept });
    expect([known.statusCode, known.body]).toEqual([200, '<p>the tile']);
    const hidden = await ask({ url: '/embed/device/ulm/secret', headers: accept });
    expect([hidden.statusCode, hidden.body]).toEqual([200, '<p>the tile']);
    expect(known.headers['cache-control']).toBe('no-cache');
  });

  test('is said to be missing where the dashboard is not built', async () => {
    const { ask } = await startTestApi();
    expect((await ask({ url: '/embed/device/ulm/a1', headers: accept })).statusCode).toBe(503);
  });
});
