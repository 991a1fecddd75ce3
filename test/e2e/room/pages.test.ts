import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { faultsOf, stepTo, violationsOf } from '../../support/axe.ts';
import { useStage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';
import { addHotRule, buildAir, buildLight, buildTrouble, buildWaste } from './city.ts';

const stage = useStage(async (made) => {
  for (const build of [buildAir, buildLight, buildWaste, buildTrouble, addHotRule])
    await build(made);
  await made.push('mast-a', { temperature: 45 });
  const { platform } = made;
  const body = JSON.stringify({ command: 'ping' });
  await platform.api('/api/v1/devices/ulm/lamp-1/commands', { method: 'POST', body });
  await until('the alarm', async () => {
    const { total } = await platform.json<{ total: number }>('/api/v1/alarms?rule=hot');
    return total === 1;
  });
});

/** Every page with something on it, and what shows that it is there. */
const pages: Readonly<Record<string, readonly [path: string, ready: string]>> = {
  overview: ['/?', '[role=option]'],
  'a selected device': ['/?device=ulm/station&metric=pm10', 'figure[aria-busy=false]'],
  air: ['/air?', 'main table tbody tr'],
  'a station': ['/air?device=ulm/west', 'aside figure[aria-busy=false]'],
  light: ['/light?', 'main table tbody tr'],
  'a lamp': ['/light?device=ulm/lamp-3', 'aside [data-metric]'],
  waste: ['/waste?', 'main table tbody tr'],
  'a container': ['/waste?device=ulm/bin-full', 'aside [data-metric]'],
  'a collection': ['/waste?tab=collection', 'main table tbody tr'],
  alarms: ['/alarms?', '[role=grid] [data-alarm]'],
  'a device that works': ['/device/ulm/station?', '[data-verdict] ~ *'],
  'a device in trouble': ['/device/ulm/wrong?', '[data-message="0"]'],
  'a lamp with commands': ['/device/ulm/lamp-1?', '[data-command]'],
  export: ['/export?device=ulm/station', '#page-title'],
  status: ['/status?', 'main table'],
  rules: ['/admin?', 'main table tbody tr'],
  help: ['/help?', 'main section'],
};

describe('every page', () => {
  const languages = { 'a station': 'ca', waste: 'de', alarms: 'es', 'a device in trouble': 'de' };
  const langOf = (name: string): string =>
    (languages as Readonly<Record<string, string>>)[name] ?? 'en';

  it.each(['en', 'de', 'ca', 'es'])(
    'in %s: axe finds nothing in either theme, and 320 px are enough',
    async (lang) => {
      const chosen = Object.entries(pages).filter(([name]) => langOf(name) === lang);
      expect(chosen).not.toEqual([]);
      const page = await stage.open(`/help?lang=${lang}`, { as: 'admin', bypassCSP: true });
      for (const [name, [path, ready]] of chosen) {
        await stepTo(page, `${path}&lang=${lang}`);
        await page.locator(ready).first().waitFor();
        await expect.poll(() => page.locator('main [aria-busy=true]').count()).toBe(0);
        expect.soft(await faultsOf(page), name).toEqual([]);
      }
    },
  );
});

describe('what opens over a page', () => {
  const layers: Readonly<
    Record<string, readonly [path: string, open: (page: Page) => Promise<void>]>
  > = {
    'the settings': ['/?', (page) => page.getByRole('button', { name: 'Settings' }).click()],
    'the keys': ['/help?', (page) => page.keyboard.press('?')],
    'an acknowledgement': [
      '/alarms?',
      async (page) => {
        await page.getByRole('grid').getByRole('checkbox').first().check();
        await page.getByRole('button', { name: 'Acknowledge …' }).click();
      },
    ],
    'a new device': [
      '/admin?tab=devices',
      (page) => page.getByRole('button', { name: 'Add a device' }).click(),
    ],
    'a question': [
      '/admin?tab=devices',
      (page) => page.getByRole('button', { name: 'Delete Mast c' }).click(),
    ],
  };

  it.each(Object.entries(layers))('%s: axe finds nothing', async (_name, [path, open]) => {
    const page = await stage.open(`${path}&lang=en`, { as: 'admin', bypassCSP: true });
    await open(page);
    const layer = page.locator('dialog[open], :popover-open');
    await layer.waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await layer.waitFor({ state: 'hidden' });
  });

  it('the dialog to sign in takes the focus and gives it back', async () => {
    const page = await stage.open('/air?lang=en', { bypassCSP: true, expected: /401/ });
    const opener = page.getByRole('banner').getByRole('button', { name: 'Sign in' });
    await opener.focus();
    await page.keyboard.press('Enter');
    const token = page.getByRole('textbox', { name: 'Token' });
    const focused = page.locator(':focus');
    await token.and(focused).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.type('a-wrong-token-of-nobody');
    await page.keyboard.press('Enter');
    await page.getByText('This token is not accepted.', { exact: false }).waitFor();
    await page.keyboard.press('Escape');
    await opener.and(focused).waitFor();
  });
});

describe('by keyboard alone', () => {
  it('the first stop skips the menu, and every screen is reached by Tab and Enter', async () => {
    const page = await stage.open('/help?lang=en', { as: 'admin' });
    await page.locator('main section').first().waitFor();
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    expect(await focused.innerText()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('page');
    const screens = ['Overview', 'Air', 'Lighting', 'Waste', 'Alarms', 'Export', 'Status'];
    for (const name of [...screens, 'Administration', 'Help']) {
      await tabTo(page, name);
      await page.keyboard.press('Enter');
      // The focus goes along: what comes next by Tab is the screen's own.
      if (name === 'Overview') await page.locator('#devices:focus').waitFor();
      else await page.locator('#page-title:focus', { hasText: name }).waitFor();
    }
  });

  it('a letter after g leads to a screen, and switched off it does not', async () => {
    const page = await stage.open('/help?lang=en');
    await page.keyboard.press('g');
    await page.keyboard.press('w');
    await page.getByRole('heading', { name: 'Waste', exact: true }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('checkbox', { name: 'Use shortcuts of a single character' }).uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.keyboard.press('Tab');
    expect(new URL(page.url()).pathname).toBe('/waste');
  });
});

/** More stops than any page has: then it cannot be reached. */
const stopsMax = 200;

/** Presses Tab until the link of the menu has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let stop = 0; stop < stopsMax; stop++) {
    await page.keyboard.press('Tab');
    const here = (await page.evaluate(
      '[document.activeElement.closest("nav .rail") !== null, document.activeElement.innerText]',
    )) as [boolean, string];
    if (here[0] && here[1].includes(name)) return;
  }
  throw new Error(`${name} cannot be reached by Tab`);
}
