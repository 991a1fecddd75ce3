import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { launchBrowser, openPage } from './browser.ts';
import { adminToken, type Platform, startPlatform } from './platform.ts';

export interface OpenOptions extends BrowserContextOptions {
  /** Who looks; default: somebody who has not signed in. */
  as?: 'public' | 'admin';
  /** What the page may complain of in this test, such as the answer to a request that must fail. */
  expected?: RegExp;
  /** What is waited for; default: that the stream is live. */
  ready?: string;
}

/** A platform and a browser that the tests of a file share. */
export interface Stage {
  readonly platform: Platform;
  readonly browser: Browser;
  /** Registers a device of the provider `ulm`; the answer has its token. */
  register(device: Readonly<Record<string, unknown>> & { id: string }): Promise<{ token: string }>;
  /** The device sends this. Resolves when it is on disk. */
  push(device: string, payload: unknown): Promise<void>;
  /** A page whose console, requests and scripts must have nothing to complain of when the test ends. */
  open(path: string, options?: OpenOptions): Promise<Page>;
  /** Ends the platform and starts it again: same data, same ports. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
}

/** Sets the stage before the tests of a file, and clears it away after them. */
export function useStage(setUp: (stage: Stage) => Promise<void>): Stage {
  let platform: Platform;
  let browser: Browser;
  let token: string;
  let session: Awaited<ReturnType<BrowserContext['storageState']>> | undefined;

  const stage: Stage = {
    get platform() {
      return platform;
    },
    get browser() {
      return browser;
    },
    async register(device) {
      const body = JSON.stringify({ provider: 'ulm', public: true, ...device });
      const answer = await platform.api('/api/v1/devices', { method: 'POST', body });
      if (answer.status !== 201) throw new Error(`${device.id}: ${await answer.text()}`);
      return (await answer.json()) as { token: string };
    },
    async push(device, payload) {
      const path = `/api/v1/push/native?device=ulm/${device}`;
      const body = JSON.stringify(payload);
      const answer = await platform.api(path, { method: 'POST', body, token });
      if (!answer.ok) throw new Error(`${device}: ${await answer.text()}`);
    },
    async open(path, { as = 'public', expected, ready = liveBody, ...options } = {}) {
      if (as === 'admin') session ??= await signIn(browser, platform);
      const storageState = as === 'admin' ? session : undefined;
      const { page, complaints } = await openPage(browser, platform.url + path, {
        ...options,
        ...(storageState && { storageState }),
      });
      page.setDefaultTimeout(waitMsMax);
      onTestFinished(async () => {
        await page.context().close();
        expect(complaints.filter((complaint) => !expected?.test(complaint))).toEqual([]);
      });
      await page.locator(ready).first().waitFor();
      return page;
    },
    async restart(meanwhile) {
      const { dataDir, httpPort, mqttPort } = platform;
      await platform.stop();
      await meanwhile?.();
      platform = await startPlatform({ dataDir, ports: { httpPort, mqttPort } });
      // Sessions live in the process.
      session = undefined;
    },
  };
  beforeAll(async () => {
    [platform, browser] = await Promise.all([startPlatform(), launchBrowser()]);
    token = await platform.provider('ulm');
    await setUp(stage);
  });
  afterAll(async () => {
    await browser?.close();
    await platform?.stop();
  });
  return stage;
}

/** What a browser says of a server that is not there. */
export const withoutServer = /Failed to load resource|ERR_|fetching the script/;
/** What is not there by then does not come. */
const waitMsMax = 10_000;
const liveBody = 'body[data-live=live]';

/** Once for a file: attempts to sign in are limited. */
async function signIn(browser: Browser, { url }: Platform) {
  const context = await browser.newContext();
  const answer = await context.request.post(`${url}/api/v1/session`, {
    data: { token: adminToken },
  });
  expect(answer.status()).toBe(200);
  const state = await context.storageState();
  await context.close();
  return state;
}
