import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { useStage } from '../../support/stage.ts';
import { buildWaste } from './city.ts';

const stage = useStage(buildWaste);

describe('waste', () => {
  it('shows containers worst first, and says of which nobody knows', async () => {
    const page = await stage.open('/waste?lang=en');
    const bins = page.getByRole('table', { name: 'Containers' }).getByRole('row');
    await expect.poll(() => bins.count()).toBe(4);
    expect(await bins.nth(1).innerText()).toMatch(/Am Markt 1[\s\S]*96/);
    const mute = bins.filter({ hasText: 'Am Markt 3' });
    await mute.getByText('fill level unknown').first().waitFor();
  });

  it('is narrowed by state and by stream, in the address too', async () => {
    const page = await stage.open('/waste?lang=en');
    const bins = page.getByRole('table', { name: 'Containers' }).getByRole('rowheader');
    await expect.poll(() => bins.count()).toBe(3);
    await page.getByRole('button', { name: /Paper/ }).first().click();
    await expect.poll(() => bins.count()).toBe(2);
    expect(new URL(page.url()).searchParams.get('group')).toBe('paper');
    await page.getByRole('button', { name: 'Clear filter' }).click();
    await expect.poll(() => bins.count()).toBe(3);
    await bins.filter({ hasText: 'Am Markt 2' }).getByRole('button').click();
    const detail = page.getByRole('complementary');
    await detail.getByRole('heading', { name: 'Am Markt 2' }).waitFor();
    await detail
      .getByText(/in (\d+ h|\d+(–\d+)? (h|days))/)
      .first()
      .waitFor();
  });

  it('plans a collection, hands it out as CSV, and takes what the crew found', async () => {
    const page = await stage.open('/waste?lang=en', { as: 'admin' });
    await page
      .getByRole('link', { name: 'Collection list' })
      .or(page.getByRole('button', { name: 'Collection list' }))
      .click();
    const stop = page.getByRole('row').filter({ hasText: 'Am Markt 1' });
    await stop.waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download as CSV' }).click();
    const csv = await readFile(await (await download).path(), 'utf8');
    expect(csv).toContain('ulm/bin-full');
    expect(csv).not.toContain('ulm/bin-half');
    await stop.getByRole('button', { name: /Report a result/ }).click();
    await stop.getByRole('textbox', { name: 'Note' }).fill('Blocked by a van');
    await stop.getByRole('button', { name: 'blocked' }).click();
    await page.getByText('Reported.').first().waitFor();
  });
});
