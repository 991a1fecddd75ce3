import type { Series } from '../../../broker/contract/api.ts';
import type { Stage } from '../../support/stage.ts';
import { until } from '../../support/until.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** Four hours, so that the last whole one is among them. */
const airMinutes = 240;

const mitte = { lat: 48.3986, lon: 9.9916 };
const west = { lat: 48.396, lon: 9.972 };

const air = [
  { id: 'station', name: 'Messstation Mitte', district: 'Mitte', pm10: 30, no2: 22, o3: 55 },
  { id: 'west', name: 'Messstation West', district: 'Weststadt', pm10: 110, no2: 35, o3: 40 },
  { id: 'maker', name: 'Donauufer', district: 'Mitte', pm10: 12, no2: undefined, o3: undefined },
] as const;

/** What is made of hours is kept for a while: nobody asks for it before they are there. */
async function untilHours(
  { platform }: Stage,
  of: { device: string; metric: string; hours: number },
): Promise<void> {
  const path = `/api/v1/series?device=ulm/${of.device}&metric=${of.metric}&resolution=1h`;
  await until(
    `hours of ${of.device}`,
    async () => (await platform.json<Series>(path)).columns.at.length >= of.hours,
    15_000,
  );
}

/** Air of the last hours: two reference stations, one of them bad, and what a citizen has built. */
export async function buildAir(stage: Stage): Promise<void> {
  const { register, push } = stage;
  const from = Date.now() - airMinutes * minuteMs;
  for (const [index, { id, name, district, ...levels }] of air.entries()) {
    const method = id === 'maker' ? 'maker' : 'reference';
    const { lat, lon } = district === 'Mitte' ? mitte : west;
    const location = { lat: lat + index * 0.002, lon };
    const station = { method };
    await register({ id, kind: 'air', name, district, location, station, intervalMs: minuteMs });
    const readings = Array.from({ length: airMinutes }, (_, minute) => ({
      at: from + minute * minuteMs,
      ...levels,
      // Never twice the same: a value that stands still is suspect.
      pm10: levels.pm10 + (minute % 7) * 0.3,
      pm2_5: levels.pm10 / 2 + (minute % 5) * 0.2,
    }));
    await push(id, { readings });
  }
  await register({ id: 'no-air', kind: 'air', name: 'Ohne Luft', district: 'Mitte' });
  await untilHours(stage, { device: 'maker', metric: 'pm2_5', hours: 4 });
}

/** Two cabinets: one lamp of the first has failed. Lamps without a place are judged alike by day and by night. */
export async function buildLight({ register, push }: Stage): Promise<void> {
  const lamp = { nominalPowerW: 40 };
  for (const [id, name, group] of [
    ['lamp-1', 'Hafengasse 1', 'cab-1'],
    ['lamp-2', 'Hafengasse 2', 'cab-1'],
    ['lamp-3', 'Hafengasse 3', 'cab-1'],
    ['lamp-4', 'Ufer 1', 'cab-2'],
  ] as const) {
    await register({ id, kind: 'light', name, group, lamp, intervalMs: 10 * minuteMs });
  }
  await push('lamp-1', { lamp_on: 1, power: 39.8, dim_level: 100, voltage: 230 });
  await push('lamp-2', { lamp_on: 0, power: 0.4, dim_level: 0, voltage: 231 });
  await push('lamp-3', { lamp_on: 1, power: 0.4, dim_level: 100, voltage: 229, lamp_fault: 1 });
  await push('lamp-4', { lamp_on: 1, power: 40.2, dim_level: 100, voltage: 230 });
}

/** Glass that must be emptied, paper that fills, and one that nobody has heard of. */
export async function buildWaste(stage: Stage): Promise<void> {
  const { register, push } = stage;
  const containers = [
    { id: 'bin-full', name: 'Am Markt 1', stream: 'glass', startPercent: 73 },
    { id: 'bin-half', name: 'Am Markt 2', stream: 'paper', startPercent: 26 },
    { id: 'bin-mute', name: 'Am Markt 3', stream: 'paper', startPercent: undefined },
  ];
  for (const { id, name, stream, startPercent } of containers) {
    const container = { stream, capacityL: 1_100 };
    const location = { lat: 48.4, lon: 9.98 + id.length * 0.002 };
    await register({ id, kind: 'waste', name, district: 'Mitte', location, container });
    if (startPercent === undefined) continue;
    const hours = 24;
    const readings = Array.from({ length: hours }, (_, hour) => ({
      at: Date.now() - (hours - 1 - hour) * hourMs,
      fill_level: startPercent + hour,
      temperature: 8 + (hour % 3),
    }));
    await push(id, { readings });
  }
  await untilHours(stage, { device: 'bin-half', metric: 'fill_level', hours: 24 });
}

/** A device that speaks but calls things by wrong names, and one that never spoke. */
export async function buildTrouble({ register, push }: Stage): Promise<void> {
  await register({ id: 'wrong', kind: 'air', name: 'Falscher Name', intervalMs: minuteMs });
  await register({ id: 'never', kind: 'noise', name: 'Ohne Worte' });
  await push('wrong', { pm_10: 12.5, temperature: 6.5 });
}

/** A rule that one message can break, so that a test has an alarm when it wants one. */
export async function addHotRule({ platform, register }: Stage): Promise<void> {
  const rule = {
    name: 'Too hot',
    priority: 'high',
    metric: 'temperature',
    condition: { type: 'threshold', op: 'gt', value: 40 },
    scope: { kinds: ['weather'] },
    grouping: 'none',
    response: 'Find some shade.',
  };
  const body = JSON.stringify(rule);
  const answer = await platform.api('/api/v1/alarm-rules/hot', { method: 'PUT', body });
  if (!answer.ok) throw new Error(await answer.text());
  for (const id of ['mast-a', 'mast-b', 'mast-c', 'mast-d'])
    await register({ id, kind: 'weather', name: `Mast ${id.at(-1)}` });
}
