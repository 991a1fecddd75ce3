import { setTimeout as sleep } from 'node:timers/promises';
import { startSensorplatz } from '../peers.ts';
import { type PacedLoad, startPacedLoad } from './paced-load.ts';
import { PacedRounds } from './paced-rounds.ts';
import type { AnyRow, LoaderCost } from './row.ts';
import type { Settings } from './settings.ts';
import { spreadText } from './table.ts';

const sizes = [100, 1_000, 10_000, 50_000];
const rate = 10_000;
/** Gateways: the number of connections is not what grows here. */
const connections = 100;
const metrics = ['pm10', 'pm2_5'];
/** Each size is measured over a whole minute, so that each has one roll-up of minutes in it. */
const measuredS = 60;
const warmUpS = 5;
const warmUpMsMax = 60_000;
const mostApart = 1.5;

const whole = ({ scale }: Settings): number => Math.max(4, measuredS * scale);

interface Grown {
  devices: number;
  /** Over the whole minute. */
  usPerMessage: number;
  /** Of each stretch of it. */
  stretches: readonly number[];
  loader: LoaderCost;
  loss: { lost: number; readBack: number };
  fault: string | undefined;
}

/** CPU time of a message when the same messages come from more and more devices. */
export async function measureGrowth(settings: Settings): Promise<AnyRow[]> {
  const grown: Grown[] = [];
  for (const devices of sizes) {
    grown.push(await measureSize(devices, settings));
    const { usPerMessage } = grown.at(-1) ?? { usPerMessage: Number.NaN };
    settings.print(`  growth: ${devices} devices, ${usPerMessage.toFixed(1)} µs a message`);
  }
  const byCost = [...grown].sort((a, b) => a.usPerMessage - b.usPerMessage);
  const [cheapest, dearest] = [byCost[0], byCost.at(-1)];
  if (!cheapest || !dearest) return [];
  const faults = grown.flatMap(({ devices, fault }) =>
    fault ? [`${devices} devices: ${fault}`] : [],
  );
  return [
    {
      what: `CPU µs a message, dearest of ${sizes.map((size) => size.toLocaleString('en')).join(' / ')} devices`,
      unit: 'µs',
      ours: [dearest.usPerMessage],
      peer: { name: `cheapest (${cheapest.devices} devices)`, values: [cheapest.usPerMessage] },
      target: { atMost: mostApart },
      loader: dearest.loader,
      lost: grown.reduce((sum, { loss }) => sum + loss.lost, 0),
      readBack: grown.reduce((sum, { loss }) => sum + loss.readBack, 0),
      ...(faults.length > 0 && { fault: faults.join('; ') }),
      notes: [
        `${rate} messages/s over ${connections} connections (gateways with a provider's token), ${metrics.length} readings a message`,
        ...grown.map(
          ({ devices, usPerMessage, stretches }) =>
            `${devices.toLocaleString('en')} devices: ${usPerMessage.toFixed(1)} µs over ${whole(settings)} s, stretches ${spreadText(stretches, 'µs')}`,
        ),
      ],
    },
  ];
}

/** Every device has been heard, and what that held up has been made up for; or enough time has passed. */
async function everybodyCame(load: PacedLoad, devices: number): Promise<void> {
  const deadline = performance.now() + warmUpMsMax;
  await sleep((warmUpS + devices / rate) * 1000);
  for (;;) {
    const { sent, acked } = await load.report();
    const hasCome = acked >= devices && sent - acked < rate / 2;
    if (hasCome || performance.now() > deadline) return;
    await sleep(500);
  }
}

async function measureSize(devices: number, settings: Settings): Promise<Grown> {
  const ours = await startSensorplatz();
  let load: PacedLoad | undefined;
  try {
    const seconds = 2 * measuredS + 120;
    load = await startPacedLoad(ours, { devices, connections, rate, metrics, seconds });
    await everybodyCame(load, devices);
    const rounds = new PacedRounds(ours, load);
    for (let round = 0; round < settings.rounds; round += 1) {
      await rounds.measure(whole(settings) / settings.rounds);
    }
    const { ackedPerS, serverUsPerMessage: stretches } = rounds;
    const messages = ackedPerS.reduce((sum, perS) => sum + perS, 0);
    const us = stretches.reduce((sum, each, index) => sum + each * (ackedPerS[index] ?? 0), 0);
    const { loss, fault } = await rounds.finish(metrics.length);
    return {
      devices,
      usPerMessage: us / messages,
      stretches,
      loader: rounds.loader,
      loss,
      fault: fault ?? rounds.shortOf(rate),
    };
  } finally {
    load?.kill();
    await ours.stop();
  }
}
