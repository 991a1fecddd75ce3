import type { Browser, CDPSession, Page } from 'playwright-core';

/** What one visit of the page cost. */
export interface Visit {
  lcpMs: number;
  firstLiveMs: number;
  /** Shares of frames that took longer than {@link frameMsMax}, percent. */
  slowSteady: number;
  slowPanning: number;
  /** Share of the main thread, percent, steady. */
  mainThread: number;
  longTasks: number;
  heapMb: number;
}

export const frameMsMax = 25;
const settleMs = 3_000;
const steadyMs = 8_000;
const panMs = 5_000;

/** Notes paints, long tasks and when the first live values are on the screen; runs before the page's own script. */
const notes = `
  window.bench = { lcpMs: 0, firstLiveMs: 0, longTasks: 0, frames: [], recording: false };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.bench.lcpMs = entry.startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => {
    window.bench.longTasks += list.getEntries().length;
  }).observe({ type: 'longtask' });
  let last = performance.now();
  const watch = (now) => {
    const { bench } = window;
    if (bench.recording) bench.frames.push(now - last);
    last = now;
    const body = document.body?.dataset;
    if (!bench.firstLiveMs && body?.live === 'live' && Number(body.seq) > 0 && document.querySelector('[role=option]')) {
      bench.firstLiveMs = now;
    }
    requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);
`;

interface Noted {
  lcpMs: number;
  firstLiveMs: number;
  longTasks: number;
  frames: number[];
}

/** A signed-in operator opens the overview afresh, watches, and pans the map. */
export async function visit(browser: Browser, url: string, token: string): Promise<Visit> {
  const { page, close } = await openAsOperator(browser, url, token);
  try {
    await page.addInitScript(notes);
    await page.goto(`${url}/?lang=en&device=bench/dev-0`);
    await page.locator('body[data-live=live]').waitFor({ timeout: 30_000 });
    await page.waitForFunction('window.sensorplatz !== undefined && window.bench.firstLiveMs > 0');
    await page.waitForTimeout(settleMs);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Performance.enable');
    const before = await longTasksOf(page);
    const steady = await record(page, cdp, () => page.waitForTimeout(steadyMs));
    const longTasks = (await longTasksOf(page)) - before;
    const panning = await record(page, cdp, () => pan(page));
    const { lcpMs, firstLiveMs } = await noted(page);
    return {
      lcpMs,
      firstLiveMs,
      slowSteady: slowShare(steady.frames),
      slowPanning: slowShare(panning.frames),
      mainThread: steady.busyPercent,
      longTasks,
      heapMb: await heapMb(cdp),
    };
  } finally {
    await close();
  }
}

/** A page whose session may see everything, and gets a frame each tick. */
export async function openAsOperator(
  browser: Browser,
  url: string,
  token: string,
): Promise<{ page: Page; close: () => Promise<void> }> {
  // Questions put to the page are scripts that its policy would refuse.
  const context = await browser.newContext({
    viewport: { width: 1366, height: 768 },
    bypassCSP: true,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  });
  const page = await context.newPage();
  await page.goto(`${url}/help`);
  const status = await page.evaluate(
    async (given) =>
      (
        await fetch('/api/v1/session', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ token: given }),
        })
      ).status,
    token,
  );
  if (status >= 300) throw new Error(`signing in was answered with ${status}`);
  return { page, close: () => context.close() };
}

/** Memory that is in use after garbage is gone, MB. */
export async function heapMb(cdp: CDPSession): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  return usedSize / 1e6;
}

async function record(
  page: Page,
  cdp: CDPSession,
  act: () => Promise<void>,
): Promise<{ frames: number[]; busyPercent: number }> {
  await page.evaluate('window.bench.frames = []; window.bench.recording = true');
  const startedAt = performance.now();
  const before = await taskSeconds(cdp);
  await act();
  const busyS = (await taskSeconds(cdp)) - before;
  const lengthS = (performance.now() - startedAt) / 1000;
  await page.evaluate('window.bench.recording = false');
  const { frames } = await noted(page);
  return { frames, busyPercent: (100 * busyS) / lengthS };
}

async function taskSeconds(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
}

async function pan(page: Page): Promise<void> {
  const box = await page.locator('[role=application]').boundingBox();
  if (!box) throw new Error('there is no map');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  const startedAt = performance.now();
  for (let step = 0; performance.now() - startedAt < panMs; step += 1) {
    await page.mouse.move(x + 120 * Math.sin(step / 12), y + 80 * Math.cos(step / 15));
    await page.waitForTimeout(16);
  }
  await page.mouse.up();
}

const noted = (page: Page): Promise<Noted> => page.evaluate('window.bench');
const longTasksOf = async (page: Page): Promise<number> => (await noted(page)).longTasks;

function slowShare(frames: readonly number[]): number {
  return (100 * frames.filter((ms) => ms > frameMsMax).length) / Math.max(1, frames.length);
}
