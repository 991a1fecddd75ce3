import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useStage } from '../../support/stage.ts';
import { buildAir } from './city.ts';

const stage = useStage(buildAir);

const table = (page: Page, name: string) => page.getByRole('table', { name });

describe('air', () => {
  it('shows the hour by station, worst first, reference and citizens apart', async () => {
    const page = await stage.open('/air?lang=en&scheme=EAQI-2024');
    await page.getByRole('heading', { name: 'Air', exact: true }).waitFor();
    const reference = table(page, 'Reference stations').getByRole('rowheader');
    await expect.poll(() => reference.count()).toBe(2);
    expect(await reference.first().innerText()).toContain('Messstation West');
    const others = table(page, 'Indicative measurements').getByRole('rowheader');
    expect(await others.allInnerTexts()).toEqual([expect.stringContaining('Donauufer')]);
    // What measures nothing has no index: it is named, with the reason, and counts nowhere.
    await page.getByText('Without an index in this hour').click();
    const silent = page.getByRole('row').filter({ hasText: 'Ohne Luft' });
    await silent.getByText('has never reported').waitFor();
  });

  it('groups by district, and a district narrows the stations', async () => {
    const page = await stage.open('/air?lang=en&scheme=EAQI-2024');
    const districts = page.getByRole('row').filter({ has: page.getByRole('button') });
    await districts.filter({ hasText: 'Weststadt' }).first().waitFor();
    await page.getByRole('button', { name: 'Weststadt', exact: true }).click();
    const names = table(page, 'Reference stations').getByRole('rowheader');
    await expect.poll(() => names.count()).toBe(1);
    expect(new URL(page.url()).searchParams.get('q')).toBe('Weststadt');
    await page.goBack();
    await expect.poll(() => names.count()).toBe(2);
  });

  it('is told by another scheme, which stands in the address', async () => {
    const page = await stage.open('/air?lang=en&scheme=EAQI-2024');
    await page.getByText(/^EAQI-2024 · Hourly means/).waitFor();
    await page.getByRole('combobox', { name: 'Index' }).selectOption('LQI-2025');
    await page.getByText(/^LQI-2025 · Hourly means/).waitFor();
    expect(new URL(page.url()).searchParams.get('scheme')).toBe('LQI-2025');
  });

  it('leads from a station to its values and to its own page', async () => {
    const page = await stage.open('/air?lang=en');
    const stations = table(page, 'Reference stations');
    await stations.getByRole('button', { name: 'Messstation West' }).click();
    const detail = page.getByRole('complementary');
    await detail.getByRole('heading', { name: 'Messstation West' }).waitFor();
    expect(new URL(page.url()).searchParams.get('device')).toBe('ulm/west');
    await detail
      .getByText(/110|111/)
      .first()
      .waitFor();
    await detail.getByRole('link', { name: 'Device' }).click();
    await page.getByRole('heading', { name: 'Messstation West', level: 2 }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/device/ulm/west');
  });

  it('lists the limit values and says that guidelines are none', async () => {
    const page = await stage.open('/air?lang=en');
    await page.getByText('Limit values and thresholds').click();
    await page.getByText('WHO guidelines are not law.', { exact: false }).waitFor();
  });
});

describe('the last day', () => {
  it('is played back on map and list by the hour, says that it is not live, and ends', async () => {
    const page = await stage.open('/?lang=en');
    const rows = page.locator('[role=option]');
    await rows.first().waitFor();
    await page.getByRole('button', { name: 'Play the last 24 h' }).click();
    const bar = page.getByRole('group', { name: 'Playback' });
    await bar.getByText('not live').waitFor();
    const hour = bar.getByRole('slider', { name: 'Hour' });
    await hour.focus();
    await page.keyboard.press('End');
    await expect.poll(() => rows.filter({ hasText: 'µg' }).count()).toBe(3);
    // A day ago nothing was measured: nothing is shown.
    await page.keyboard.press('Home');
    await expect.poll(() => rows.filter({ hasText: 'µg' }).count()).toBe(0);
    await bar.getByRole('button', { name: 'Back to live' }).click();
    await page.getByRole('button', { name: 'Play the last 24 h' }).waitFor();
  });
});
