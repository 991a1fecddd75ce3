import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Alarm, AlarmList } from '../../../broker/contract/alarms.ts';
import { useStage, withoutServer } from '../../support/stage.ts';
import { until } from '../../support/until.ts';
import { addHotRule } from './city.ts';

const stage = useStage(addHotRule);

async function alarmOf(id: string): Promise<Alarm | undefined> {
  const { alarms } = await stage.platform.json<AlarmList>(`/api/v1/alarms?device=ulm/${id}`);
  return alarms.find(({ rule }) => rule === 'hot');
}

/** Resolves with the alarm as soon as it is there. */
async function raise(id: string): Promise<Alarm> {
  // Half an hour ago: cooler at once would be a step that cannot be, and counts for nothing.
  await stage.push(id, { at: Date.now() - 1_800_000, temperature: 45 });
  return until('the alarm', async () => {
    const alarm = await alarmOf(id);
    return alarm?.active && alarm;
  });
}

const rowOf = (page: Page, name: string) =>
  page.getByRole('grid').getByRole('row').filter({ hasText: name });

/** What the list does beside this is in `dashboard-alarms.test.ts`. */
describe('an alarm', () => {
  it('that is cleared and acknowledged leaves the list, and its history says who did what', async () => {
    const page = await stage.open('/alarms?lang=en', { as: 'admin' });
    const { id } = await raise('mast-a');
    await rowOf(page, 'Mast a').click();
    const detail = page.locator('section[aria-labelledby=alarm-title]');
    await detail.getByLabel('Comment').fill('The sun came out');
    await detail.getByRole('button', { name: 'Add' }).click();
    await detail.getByRole('listitem').filter({ hasText: 'The sun came out' }).waitFor();
    await stage.push('mast-a', { temperature: 20 });
    await rowOf(page, 'Mast a').getByText('cleared, unacknowledged').waitFor();
    await detail.getByRole('button', { name: 'Acknowledge', exact: true }).click();
    await rowOf(page, 'Mast a').waitFor({ state: 'detached' });
    await detail.getByText('This alarm is cleared and acknowledged.').waitFor();
    await page.getByRole('link', { name: 'History' }).click();
    const acknowledged = page.getByRole('row').filter({ hasText: 'acknowledged' }).first();
    await acknowledged.getByText('admin').waitFor();
    expect(await alarmOf('mast-a')).toBeUndefined();
    expect(id).toBeTruthy();
  });

  it('is there again after the platform was restarted, and so is who signed in', async () => {
    const page = await stage.open('/alarms?lang=en', {
      as: 'admin',
      expected: withoutServer,
    });
    const { id } = await raise('mast-b');
    await rowOf(page, 'Mast b').waitFor();
    await stage.restart(() =>
      page.locator('body:not([data-live=live])').waitFor({ timeout: 30_000 }),
    );
    await page.locator('body[data-live=live]').waitFor({ timeout: 30_000 });
    await rowOf(page, 'Mast b').focus();
    await page.keyboard.press('a');
    await rowOf(page, 'Mast b').getByText('active, acknowledged').waitFor();
    const alarm = await alarmOf('mast-b');
    expect(alarm).toMatchObject({ id, acknowledged: true, acknowledgedBy: 'admin' });
  });

  it('is chosen with others by keys, and all are acknowledged together', async () => {
    await raise('mast-c');
    await raise('mast-d');
    const page = await stage.open('/alarms?lang=en&q=Mast&tab=unacknowledged', { as: 'admin' });
    await expect.poll(() => rowOf(page, 'Mast').count()).toBe(2);
    await rowOf(page, 'Mast').first().focus();
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText('2 selected').waitFor();
    await page.keyboard.press('a');
    await page.getByText('Everything is acknowledged.').waitFor();
  });
});
