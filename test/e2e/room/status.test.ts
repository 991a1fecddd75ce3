import { describe, expect, it } from 'vitest';
import { useStage } from '../../support/stage.ts';

const stage = useStage(async ({ register, push }) => {
  await register({ id: 'air', kind: 'air', name: 'Donauufer' });
  await push('air', { pm10: 12.3, pm_25: 8.1 });
});

describe('status', () => {
  it('tells operators rates, losses and what was rejected, and that nothing is missing', async () => {
    const page = await stage.open('/status?lang=en', { as: 'admin' });
    await page.getByRole('heading', { name: 'Status', exact: true }).waitFor();
    const rows = page.getByRole('row');
    await rows.filter({ hasText: 'stored' }).first().getByText('1', { exact: true }).waitFor();
    await page.getByText('Nothing is missing', { exact: false }).waitFor();
    await page.getByText('unknown metric').waitFor();
    await stage.push('air', { pm10: 13.1 });
    await rows
      .filter({ hasText: 'stored' })
      .first()
      .getByText('2', { exact: true })
      .waitFor({ timeout: 15_000 });
  });

  it('tells the public that it runs, and where there is more', async () => {
    const page = await stage.open('/status?lang=en');
    await page.getByText('All is running.').waitFor();
    await page.getByText(/shown to operators after signing in/).waitFor();
    expect(await page.getByText('Nothing is missing', { exact: false }).count()).toBe(0);
  });
});
