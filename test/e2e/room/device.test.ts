import { describe, expect, it } from 'vitest';
import { useStage } from '../../support/stage.ts';
import { buildTrouble } from './city.ts';

const stage = useStage(buildTrouble);

describe('the page of a device', () => {
  it('says of one that never spoke what to do, with a command that works', async () => {
    const page = await stage.open('/device/ulm/never?lang=en', { as: 'admin' });
    const verdict = page.locator('[data-verdict=never]');
    await verdict.getByText('Never heard: nothing came from this device').waitFor();
    await verdict.getByText(/mosquitto_pub/).waitFor();
    // As soon as it speaks the page knows.
    await stage.push('never', { noise: 52.5 });
    await page.locator('[data-verdict=works]').waitFor();
    await verdict.waitFor({ state: 'detached' });
  });

  it('shows a wrong name beside the right one, and what was kept of the message', async () => {
    const page = await stage.open('/device/ulm/wrong?lang=en', { as: 'admin' });
    const verdict = page.locator('[data-verdict=partly]');
    await verdict.getByText(/1 of 2 readings are refused: unknown metric “pm_10”/).waitFor();
    await verdict.getByText(/did you mean “pm10”\?/).waitFor();
    const message = page.locator('[data-message="0"]');
    await message.getByText('"pm_10":12.5').waitFor();
    await message.getByRole('row', { name: /temperature 6\.5/ }).waitFor();
  });

  it('replays a refused message, which is refused again as long as the cause is there', async () => {
    const page = await stage.open('/device/ulm/wrong?lang=en', { as: 'admin' });
    const refused = page.locator('[data-rejection]').first();
    await refused.locator('summary').click();
    await refused.getByRole('button', { name: /^Replay the message of/ }).click();
    await page
      .getByText(/^Replayed: \d accepted, 1 refused\.$/)
      .first()
      .waitFor();
  });

  it('does not show the public what was sent', async () => {
    const page = await stage.open('/device/ulm/wrong?lang=en');
    await page.locator('[data-verdict]').waitFor();
    expect(await page.getByText('pm_10').count()).toBe(0);
    await page.getByText(/shown to the device's provider and to operators/).waitFor();
  });

  it('is reached from the overview, and hands its series over to the export', async () => {
    const page = await stage.open('/?lang=en&device=ulm/wrong');
    await page.getByRole('link', { name: 'The device’s page' }).click();
    await page.getByRole('heading', { name: 'Falscher Name', level: 2 }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Export series' }).click();
    await page.getByRole('button', { name: 'Start export' }).waitFor();
    const { pathname, searchParams } = new URL(page.url());
    expect([pathname, searchParams.get('device')]).toEqual(['/export', 'ulm/wrong']);
    await page.getByText('Falscher Name').first().waitFor();
  });
});
