import { connect } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CommandMessage } from '../../../broker/contract/commands.ts';
import type { Lighting } from '../../../broker/contract/lighting.ts';
import { useStage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';
import { buildLight } from './city.ts';

const stage = useStage(async (made) => {
  await buildLight(made);
  await until('the failed lamp', async () => {
    const { lamps } = await made.platform.json<Lighting>('/api/v1/lighting');
    return lamps.some(({ device, state }) => device === 'ulm/lamp-3' && state === 'failed');
  });
});

describe('light', () => {
  it('shows the lamps worst first, and how many stand how', async () => {
    const page = await stage.open('/light?lang=en');
    const lamps = page.getByRole('table', { name: 'Lamps', exact: true }).getByRole('rowheader');
    await expect.poll(() => lamps.count()).toBe(4);
    expect(await lamps.first().innerText()).toContain('Hafengasse 3');
    const tiles = page.getByRole('list', { name: 'Lamps by state' });
    expect(await tiles.getByRole('button', { name: /1\s*failed/ }).count()).toBe(1);
    // Where nothing has a place nobody knows when night is; that is said, and nothing is made up.
    await page.getByText('No device has a place').waitFor();
  });

  it('is narrowed by a state and by a cabinet, in the address too', async () => {
    const page = await stage.open('/light?lang=en');
    const lamps = page.getByRole('table', { name: /^Lamps/ }).getByRole('rowheader');
    await expect.poll(() => lamps.count()).toBe(4);
    await page.getByRole('button', { name: /failed/ }).click();
    await expect.poll(() => lamps.count()).toBe(1);
    expect(new URL(page.url()).searchParams.get('tab')).toBe('failed');
    await page.getByRole('button', { name: 'Clear filter' }).click();
    const cabinets = page.getByRole('table', { name: 'Cabinets' });
    await cabinets.getByRole('button', { name: /cab-2/ }).click();
    await page.getByRole('heading', { name: /Lamps of ulm\/cab-2/ }).waitFor();
    await expect.poll(() => lamps.allInnerTexts()).toEqual([expect.stringContaining('Ufer 1')]);
    expect(new URL(page.url()).searchParams.get('group')).toBe('ulm/cab-2');
  });

  it('leads to a lamp: its state, its power, its history', async () => {
    const page = await stage.open('/light?lang=en');
    await page.getByRole('button', { name: /Hafengasse 3/ }).click();
    const detail = page.getByRole('complementary');
    await detail.getByText('failed').first().waitFor();
    await detail.locator('[data-metric=power]').waitFor();
    await detail.locator('figure[aria-busy=false]').waitFor();
  });
});

describe('a command', () => {
  it('is sent from the page of a lamp, reaches it, and is told done with who asked', async () => {
    const { token } = await stage.register({ id: 'lamp-5', kind: 'light', name: 'Brücke 1' });
    await stage.push('lamp-5', { lamp_on: 0, power: 0.4 });
    const page = await stage.open('/device/ulm/lamp-5?lang=en', { as: 'admin' });
    await page.getByRole('button', { name: 'Switch on' }).click();
    const commands = page.getByRole('region', { name: 'Commands' });
    await commands.locator('[data-command=queued]', { hasText: 'Switch on' }).waitFor();

    const username = 'ulm/lamp-5';
    const client = connect(`mqtt://127.0.0.1:${stage.platform.mqttPort}`, {
      username,
      password: token,
    });
    onTestFinished(() => client.endAsync(true));
    const topic = `city/v1/${username}/commands`;
    const heard: CommandMessage[] = [];
    client.on('message', (_topic, payload) => heard.push(JSON.parse(payload.toString())));
    await client.subscribeAsync(topic, { qos: 1 });
    const [order] = await until('the command', () => heard.length > 0 && heard);
    expect(order).toMatchObject({ command: 'switch', args: { on: true } });
    await commands.locator('[data-command=delivered]').waitFor();
    const answer = { id: order?.id, ok: true };
    await client.publishAsync(`${topic}/ack`, JSON.stringify(answer), { qos: 1 });
    const done = commands.locator('[data-command=acknowledged]');
    await done.getByText('by admin').waitFor();
  });

  it('is not offered to the public', async () => {
    const page = await stage.open('/device/ulm/lamp-1?lang=en');
    await page.getByRole('heading', { name: 'Hafengasse 1', level: 2 }).waitFor();
    expect(await page.getByRole('button', { name: 'Switch on' }).count()).toBe(0);
  });
});
