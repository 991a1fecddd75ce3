import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { useStage, withoutServer } from '../../support/stage.ts';

const stage = useStage(async ({ register, push }) => {
  const location = { lat: 48.4, lon: 9.99 };
  await register({ id: 'air', kind: 'air', name: 'Donauufer', location });
  await register({ id: 'own', kind: 'air', name: 'Balkon', public: false });
  await push('air', { pm10: 12.3, pm2_5: 8.1 });
  await push('own', { pm10: 7 });
});

describe('the tile', () => {
  it('stands in a page of somebody else, without a word to anybody', async () => {
    const page = await stage.open('/embed/device/ulm/air?metric=pm10&lang=en', { ready: 'h1' });
    await page.getByRole('heading', { name: 'Donauufer' }).waitFor();
    await page.getByText('12.3', { exact: true }).waitFor();
    // Framed by a page of another origin, as a newspaper would.
    const source = `${stage.platform.url}/embed/device/ulm/air?lang=en`;
    const newspaper = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<title>News</title><iframe title="tile" src="${source}"></iframe>`);
    });
    const port = await freePort();
    newspaper.listen(port, '127.0.0.1');
    onTestFinished(() => void newspaper.close());
    const article = await page.context().newPage();
    await article.goto(`http://127.0.0.1:${port}/`);
    const tile = article.frameLocator('iframe');
    await tile.getByRole('heading', { name: 'Donauufer' }).waitFor();
  });

  it('has a frame policy of its own, and of a private device it says nothing', async () => {
    const policyOf = async (path: string) =>
      (await fetch(stage.platform.url + path)).headers.get('content-security-policy');
    expect(await policyOf('/embed/device/ulm/air')).toContain('frame-ancestors *');
    expect(await policyOf('/')).toMatch(/frame-ancestors '(self|none)'/);
    const page = await stage.open('/embed/device/ulm/own?lang=en', {
      ready: '#tile',
      expected: /404/,
    });
    await page.getByText('There is no such device, or it is not public.').waitFor();
    expect(await page.getByText('Balkon').count()).toBe(0);
  });
});

describe('a wall', () => {
  it('shows a screen without what is to be pressed, and goes round', async () => {
    const page = await stage.open('/?lang=en&kiosk=1&rotate=overview,air:5');
    await page.locator('html[data-kiosk]').waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0);
    await expect.poll(() => new URL(page.url()).pathname, { timeout: 10_000 }).toBe('/air');
    await page.getByRole('heading', { name: 'Air', exact: true }).waitFor();
  });
});

describe('languages', () => {
  it.each([
    ['ca', 'Alarmes'],
    ['es', 'Alarmas'],
    ['de', 'Alarme'],
  ])('%s is chosen in the settings, is said to the browser, and stays', async (tag, word) => {
    const page = await stage.open('/alarms?lang=en');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('combobox', { name: 'Language' }).selectOption(tag);
    await page.getByRole('heading', { name: word, exact: true }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe(tag);
    await page.goto(`${stage.platform.url}/alarms`);
    await page.getByRole('heading', { name: word, exact: true }).waitFor();
  });
});

describe('the page itself', () => {
  it('can be installed, and is honest without a server', async () => {
    const page = await stage.open('/?lang=en', { expected: withoutServer });
    const href = await page.locator('link[rel=manifest]').getAttribute('href');
    const answer = await fetch(new URL(href ?? '', stage.platform.url));
    const manifest = (await answer.json()) as { icons: { src: string }[] };
    for (const { src } of manifest.icons)
      expect((await fetch(new URL(src, stage.platform.url))).status).toBe(200);
    await page.evaluate('navigator.serviceWorker.ready.then(() => true)');
    await page.locator('[role=option]').first().waitFor();
    await stage.restart(async () => {
      await page.getByText(/^No connection since/).waitFor({ timeout: 30_000 });
      // Opened without a server: the page is there, and no value that it cannot answer for.
      const second = await page.context().newPage();
      await second.goto(`${stage.platform.url}/?lang=en`);
      await second.getByText(/No values are shown, not even old ones/).waitFor();
      expect(await second.getByText('12.3').count()).toBe(0);
      await second.close();
    });
    await page.locator('body[data-live=live]').waitFor({ timeout: 30_000 });
    await page.getByText(/^No connection since/).waitFor({ state: 'hidden' });
  });
});
